// What the pages are for: logging in, calling an operation, reading what it answered, with script and without.
import assert from "node:assert/strict";
import { renameSync, writeFileSync, readFileSync } from "node:fs";
import { setTimeout as rest } from "node:timers/promises";
import test from "node:test";
import { logIn } from "./browser.mjs";
import { flushes, inWindow, invoke, shared, submit, withServer } from "./fixture.mjs";
import { PEOPLE } from "./server.mjs";

const BAD_TICKET = "00000000-0000-0000-0000-000000000000";
const SUCCESS = '<response success="true" />';
const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n';

// Each error that a caller can bring about, its operation, and the parameters that do.
const errors = [
	{ text: "[901]Session expired or Invalid ticket", op: "FlushApplicationCache", values: { authenticationTicket: BAD_TICKET } },
	{ text: "[901]Session expired or Invalid ticket", op: "isValidTicket", values: { AuthenticationTicket: "" } },
	{ text: "[921]Insufficient rights", op: "FlushApplicationCache", ticketOf: "jsmith" },
	{ text: "[900] Authentication failed", op: "AuthenticateUser", values: { UID: "nobody", PWD: "x" } },
	{ text: "[902] Ticket generation not allowed", op: "AuthenticateUser", values: { UID: "boss", PWD: PEOPLE.boss } },
	{ text: "invalid ticket format", op: "RenewTicket", values: { UID: "jsmith", PWD: PEOPLE.jsmith, OldTicket: "x" } },
];

const valuesOf = async (server, error) =>
	error.ticketOf ? { authenticationTicket: await server.login(error.ticketOf) } : error.values;

test("an administrator logs in and flushes by POST and by GET", () => inWindow({}, async page => {
	const { server } = shared;
	const other = await server.login("admin");
	const before = await flushes(server, other);
	await page.goto(server.url);
	await page.getByRole("link", { name: "FlushApplicationCache" }).click();
	await logIn(page, "admin", PEOPLE.admin);
	assert.equal(await page.locator("form.login + .outcome > p").textContent(), "Logged in as Ada Admin; the ticket is filled in.");
	for (const method of ["POST", "GET"]) {
		const sent = page.waitForRequest(r => r.url().includes("/FlushApplicationCache"));
		const shown = await invoke(page, method);
		assert.match(shown.line, /^200 OK, \d+ ms: success$/);
		assert.equal(shown.text.trim(), SUCCESS);
		assert.equal((await sent).method(), method);
		assert.match(await page.locator("form.invoke + .outcome table").textContent(), /cache-controlno-store/);
	}
	assert.equal(await flushes(server, other), before + 2);
}));

test("every error of a caller is shown, by POST and by GET", () => inWindow({}, async page => {
	for (const error of errors) {
		await page.goto(`${shared.server.url}?op=${error.op}`);
		for (const [name, value] of Object.entries(await valuesOf(shared.server, error)))
			await page.locator(`#invoke-${name}`).fill(value);
		for (const method of ["POST", "GET"]) {
			const shown = await invoke(page, method);
			assert.match(shown.line, /^200 OK, \d+ ms: /);
			assert.equal(shown.line.replace(/^.*? ms: /, ""), error.text);
			assert.match(shown.text, /success="false"/);
			assert.ok(shown.text.includes(error.text), shown.text);
		}
		assert.ok((await page.locator("section:has(> #errors)").textContent()).includes(error.text), error.text);
	}
}));

test("a source that cannot be loaded and a store out of reach are shown, and the panel tells of it", () => withServer("", server => inWindow({}, async page => {
	const license = readFileSync(server.license);
	await page.goto(`${server.url}?op=FlushApplicationCache`);
	await logIn(page, "admin", PEOPLE.admin);
	writeFileSync(server.license, "<License>");
	for (const method of ["POST", "GET"])
		assert.match((await invoke(page, method)).line, /: \[990\]Application cache could not be reloaded: license: ./);
	const panel = await page.context().newPage();
	await panel.goto(server.url);
	await logIn(panel, "admin", PEOPLE.admin);
	await panel.locator(".outcome dl").waitFor();
	assert.match(await panel.locator("section:has(> #status)").textContent(), /The last load failed; an older snapshot is served\./);
	writeFileSync(server.license, license);
	renameSync(server.store, `${server.store}-aside`);
	await rest(1000); // what is remembered of a ticket may be believed for a second
	for (const method of ["POST", "GET"])
		assert.match((await invoke(page, method)).line, /: \[991\]Service temporarily unavailable$/);
	renameSync(`${server.store}-aside`, server.store);
})));

test("what the service answers is shown as text, whatever it is", () => withServer("", server => inWindow({}, async page => {
	const company = "<img src=x onerror=\"document.title='caught'\"> & Sons";
	const escaped = company.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
	writeFileSync(server.license, readFileSync(server.license, "utf8").replace(/(<CompanyName>).*(<\/CompanyName>)/, `$1${escaped}$2`));
	await fetch(`${server.url}/FlushApplicationCache?authenticationTicket=${await server.login("admin")}`);
	await page.goto(`${server.url}?op=ServerInfo`);
	const shown = await invoke(page, "GET");
	assert.ok(shown.text.includes(`Company="${escaped.replace(/"/g, "&quot;")}"`), shown.text);
	assert.equal(await page.locator("main img").count(), 0);
	assert.notEqual(await page.title(), "caught");
})));

test("a service that has gone is said to have", () => inWindow({ expectTrouble: true }, async page => {
	await page.goto(`${shared.server.url}?op=ServerInfo`);
	await page.route("**/ServerInfo", route => route.abort());
	await page.locator("form.invoke button").first().click();
	await page.getByText("The service cannot be reached").waitFor();
}));

test("without script an administrator logs in and flushes by POST and by GET", () => inWindow({ javaScriptEnabled: false }, async page => {
	const { server } = shared;
	await page.goto(server.url);
	await page.getByRole("link", { name: "AuthenticateUser", exact: true }).press("Enter");
	const login = await submit(page, "POST", { UID: "admin", PWD: PEOPLE.admin });
	const [, authenticationTicket] = /<root success="true" ticket="([-0-9a-f]{36})"/.exec(login.text);
	const before = await flushes(server, authenticationTicket);
	for (const method of ["POST", "GET"]) {
		await page.goto(server.url);
		await page.getByRole("link", { name: "FlushApplicationCache" }).press("Enter");
		const answer = await submit(page, method, { authenticationTicket });
		assert.deepEqual(answer, { status: 200, method, text: DECLARATION + SUCCESS });
	}
	assert.equal(await flushes(server, authenticationTicket), before + 2);
}));

test("without script every error of a caller is answered, by POST and by GET", () => inWindow({ javaScriptEnabled: false }, async page => {
	for (const error of errors)
		for (const method of ["POST", "GET"]) {
			await page.goto(`${shared.server.url}?op=${error.op}`);
			const answer = await submit(page, method, await valuesOf(shared.server, error));
			const element = /^(Flush|Get)/.test(error.op) ? "response" : "root";
			assert.deepEqual(answer, { status: 200, method, text: `${DECLARATION}<${element} success="false" error="${error.text}" />` });
		}
}));

test("without script the status is answered to a ticket", () => inWindow({ javaScriptEnabled: false }, async page => {
	await page.goto(`${shared.server.url}/`); // with a slash behind it the page's addresses hold, too
	await page.locator("summary").press("Enter");
	await page.locator("#status-ticket").fill(await shared.server.login("admin"));
	const [response] = await Promise.all([page.waitForResponse(r => r.request().isNavigationRequest()),
		page.locator("form.status button").press("Enter")]);
	assert.match(await response.text(), /<status success="true" VersionNumber="[0-9.]+" SnapshotIsCurrent="true"/);
}));

test("with a slash behind the address forms reach their operation", () => inWindow({ javaScriptEnabled: false }, async page => {
	await page.goto(`${shared.server.url}/?op=ServerInfo`);
	assert.match((await submit(page, "POST", {})).text, /^<\?xml.*\n<root success="true" VersionNumber=/);
}));

// The function that callers have, as it is.
const FLUSH = 'async function flushApplicationCache() { const ticket = getUserAuthTicket(); const response = await fetch("/srv.asmx/FlushApplicationCache", { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: `authenticationTicket=${encodeURIComponent(ticket)}` }); const xmlText = await response.text(); const parser = new DOMParser(); const xmlDoc = parser.parseFromString(xmlText, "text/xml"); const root = xmlDoc.querySelector("response"); if (root.getAttribute("success") === "true") { console.log("Application cache flushed successfully."); } else { const error = root.getAttribute("error"); throw new Error(error); } }';

test("the function that callers have flushes from the page, or throws the error", () => inWindow({}, async page => {
	const ticket = await shared.server.login("admin");
	const before = await flushes(shared.server, ticket);
	const run = value => page.evaluate(`(() => { const getUserAuthTicket = () => ${JSON.stringify(value)}; ${FLUSH}; return flushApplicationCache(); })()`);
	const said = [];
	page.on("console", message => said.push(message.text()));
	await page.goto(shared.server.url);
	await run(ticket);
	assert.deepEqual(said, ["Application cache flushed successfully."]);
	assert.equal(await flushes(shared.server, ticket), before + 1);
	await assert.rejects(run(BAD_TICKET), /\[901\]Session expired or Invalid ticket/);
	await assert.rejects(run(await shared.server.login("jsmith")), /\[921\]Insufficient rights/);
	assert.equal(said.length, 1);
	assert.equal(await flushes(shared.server, ticket), before + 1);
}));
