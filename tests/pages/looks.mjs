// Legible to everybody: axe-core on each page, a phone, a keyboard.
import assert from "node:assert/strict";
import test from "node:test";
import axe from "axe-core";
import { SCHEMES, WIDTHS, logIn } from "./browser.mjs";
import { OPERATIONS, inWindow, invoke, shared } from "./fixture.mjs";
import { PEOPLE } from "./server.mjs";

const pages = ["", "?op=Nope", ...OPERATIONS.map(name => `?op=${name}`)];

// The rules of WCAG 2.2 A and AA, and what is good practice.
async function expectAccessible(page, what) {
	await page.evaluate(axe.source);
	const { violations } = await page.evaluate(() => window.axe.run({
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
	assert.deepEqual(violations.map(v => `${what}: ${v.id}: ${v.nodes.map(n => n.html.slice(0, 120)).join(" | ")}`), []);
}

// Colours depend on the scheme and the order of things on the width, but one operation's page is made as the other's, so
// all of them are looked at in one scheme at each width.
const few = ["", "?op=RenewTicket"];
for (const [width, viewport] of Object.entries(WIDTHS))
	for (const colorScheme of SCHEMES)
		test(`axe-core finds nothing at ${width} width in ${colorScheme}`, () => inWindow({ viewport, colorScheme, expectTrouble: true }, async page => {
			for (const query of (width === "phone") === (colorScheme === "dark") ? pages : few) {
				await page.goto(shared.server.url + query);
				await expectAccessible(page, query);
			}
			await page.goto(`${shared.server.url}?op=GetWarehouseStatus`);
			await logIn(page, "admin", PEOPLE.admin);
			await invoke(page, "POST");
			await expectAccessible(page, "an answer");
			await page.locator("#invoke-authenticationTicket").fill("x");
			await invoke(page, "GET");
			await expectAccessible(page, "an error");
			await page.goto(shared.server.url);
			await logIn(page, "admin", PEOPLE.admin);
			await page.locator(".outcome dl").waitFor();
			await expectAccessible(page, "the status");
		}));

test("axe-core does find what is wrong", () => inWindow({}, async page => {
	await page.goto(shared.server.url);
	await page.evaluate(() => document.querySelector("h1").after(document.createElement("input")));
	await assert.rejects(expectAccessible(page, "spoilt"), /label/);
}));

test("nothing is wider than the narrowest phone", () => inWindow({ viewport: { width: 320, height: 640 }, expectTrouble: true }, async page => {
	for (const query of pages) {
		await page.goto(shared.server.url + query);
		const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
		assert.ok(wide <= room, `${query} is ${wide} wide`);
	}
}));

// Presses Tab until the focus is on what matches.
async function tabTo(page, selector) {
	for (let i = 0; i < 80; i++) {
		await page.keyboard.press("Tab");
		if (await page.evaluate(s => document.activeElement.matches(s), selector))
			return;
	}
	assert.fail(`Tab does not come to ${selector}`);
}

test("all of it can be done by keyboard", () => inWindow({}, async page => {
	await page.goto(shared.server.url);
	await tabTo(page, "a.skip");
	await page.keyboard.press("Enter");
	await tabTo(page, "a[href='?op=FlushApplicationCache']");
	await Promise.all([page.waitForURL(/op=Flush/), page.keyboard.press("Enter")]);
	await tabTo(page, "summary");
	await page.keyboard.press("Enter");
	await tabTo(page, "#login-UID");
	await page.keyboard.type("admin");
	await tabTo(page, "#login-PWD");
	await page.keyboard.type(PEOPLE.admin);
	await page.keyboard.press("Enter");
	await page.getByText("Logged in as Ada Admin").waitFor();
	await tabTo(page, "button[formmethod=get]");
	await page.keyboard.press("Space");
	await page.getByText(/^200 OK, \d+ ms: success$/).waitFor();
	await tabTo(page, "[aria-label='Copy SOAP 1.1 Request']");
	await page.keyboard.press("Enter");
	await page.getByText(/^(Copied|Selected)$/).waitFor();
	/* Where the focus is can be seen. */
	assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none");
}));

test("an unknown operation is a 404 page that lists those there are", () => inWindow({ expectTrouble: true }, async page => {
	for (const query of ["?op=Nope", "?op=", "?op=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"]) {
		const response = await page.goto(shared.server.url + query);
		assert.equal(response.status(), 404);
		assert.match(await page.getByRole("alert").textContent(), /There is no such operation\./);
		assert.deepEqual(await page.locator(".operations h2").allTextContents(), OPERATIONS);
		assert.equal(await page.locator("img").count(), 0);
	}
	await page.goto(shared.server.url);
	assert.equal(await page.getByRole("alert").count(), 0);
}));
