// Who sees what: where a ticket is kept, who is shown the service's status, and who gets forms at all.
import assert from "node:assert/strict";
import test from "node:test";
import { logIn } from "./browser.mjs";
import { inWindow, invoke, shared, status, withServer } from "./fixture.mjs";
import { PEOPLE } from "./server.mjs";

test("a ticket lives as long as the page, and nowhere else", () => inWindow({}, async page => {
	await page.goto(`${shared.server.url}?op=GetMaintenanceJobsStatus`);
	const address = page.url();
	await logIn(page, "admin", PEOPLE.admin);
	const ticket = await page.locator("#invoke-authenticationTicket").inputValue();
	assert.match(ticket, /^[-0-9a-f]{36}$/);
	assert.equal(await page.locator("#login-PWD").inputValue(), "");
	await invoke(page, "POST");
	await invoke(page, "GET");
	assert.equal(page.url(), address);
	const kept = await page.evaluate(async () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie,
		history.state, window.name, (await indexedDB.databases()).length]));
	assert.equal(kept, '[{},{},"",null,"",0]');
	assert.deepEqual(await page.context().cookies(), []);
	await page.reload();
	assert.equal(await page.locator("#invoke-authenticationTicket").inputValue(), "");
}));

test("a login of the operation's own form fills its ticket in, and a logout takes it out", () => inWindow({}, async page => {
	await page.goto(`${shared.server.url}?op=LogOut`);
	await logIn(page, "jsmith", PEOPLE.jsmith);
	const ticket = await page.locator("#invoke-AuthenticationTicket").inputValue();
	assert.equal((await invoke(page, "POST")).text.trim(), '<root success="true" />');
	assert.equal(await page.locator("#invoke-AuthenticationTicket").inputValue(), "");
	assert.match(await status(shared.server, ticket), /\[901\]/);
	await page.goto(`${shared.server.url}?op=RenewTicket`);
	await page.locator("#invoke-UID").fill("jsmith");
	await page.locator("#invoke-PWD").fill(PEOPLE.jsmith);
	await logIn(page, "jsmith", PEOPLE.jsmith);
	const old = await page.locator("#invoke-OldTicket").inputValue();
	assert.match((await invoke(page, "POST")).line, /: success$/);
	const renewed = await page.locator("#invoke-OldTicket").inputValue();
	assert.match(renewed, /^[-0-9a-f]{36}$/);
	assert.notEqual(renewed, old);
}));

test("administrators see the status after a login, and it follows a flush", () => inWindow({}, async page => {
	const panel = page.locator("section:has(> #status)");
	const term = name => panel.locator(`dt:text-is("${name}") + dd`).textContent();
	await page.goto(shared.server.url);
	await logIn(page, "admin", PEOPLE.admin);
	await panel.locator("dl").waitFor();
	assert.match(await panel.textContent(), /The snapshot is current\./);
	assert.match(await term("Version"), /^\d+\.\d+\.\d+\.\d+$/);
	assert.match(await term("Loaded"), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
	const before = Number(await term("Flushes"));
	const ticket = await page.locator("#status-ticket").inputValue();
	await fetch(`${shared.server.url}/FlushApplicationCache`, { method: "POST", body: new URLSearchParams({ authenticationTicket: ticket }) });
	await panel.locator("summary").click();
	await panel.getByRole("button", { name: "Show the status" }).click();
	await panel.locator(`dt:text-is("Flushes") + dd:text-is("${before + 1}")`).waitFor();
}));

test("nobody else sees anything of it", () => inWindow({}, async page => {
	await page.goto(shared.server.url);
	const bare = await page.content();
	assert.doesNotMatch(bare, /1\.0\.0\.0|SnapshotLoadedAt="|docs/);
	assert.equal(await page.locator("dl").count(), 0);
	await logIn(page, "jsmith", PEOPLE.jsmith);
	await page.getByText("[921]Insufficient rights").waitFor();
	assert.equal(await page.locator("dl").count(), 0);
	const none = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<status success=\"false\" error=\"";
	assert.equal(await status(shared.server, ""), `${none}[901]Session expired or Invalid ticket" />`);
	assert.equal(await status(shared.server, await shared.server.login("jsmith")), `${none}[921]Insufficient rights" />`);
	const foreign = await fetch(`${shared.server.url}?status`, { method: "POST", headers: { Origin: "https://elsewhere.example" },
		body: new URLSearchParams({ authenticationTicket: await shared.server.login("admin") }) });
	assert.equal(foreign.status, 403);
}));

const formsShown = async (url, headers) => {
	const texts = await Promise.all(["", "?op=FlushApplicationCache"].map(async q => (await fetch(url + q, { headers })).text()));
	const counts = texts.map(text => (text.match(/<form/g) ?? []).length > 0);
	assert.equal(counts[0], counts[1]);
	assert.equal(texts.every(text => /invoke_forms/.test(text)), !counts[0]); // and if not, why not
	return counts[0];
};

test("forms are for callers from this host, unless the configuration says otherwise", async () => {
	const elsewhere = { "X-Forwarded-For": "203.0.113.9" };
	assert.equal(await formsShown(shared.server.url), true);
	for (const headers of [elsewhere, { Via: "1.1 proxy" }, { Forwarded: "for=203.0.113.9" }, { "X-Forwarded-For": "127.0.0.1" }])
		assert.equal(await formsShown(shared.server.url, headers), false);
	await withServer("trusted_proxies = 127.0.0.1", async server => {
		assert.equal(await formsShown(server.url), true);
		assert.equal(await formsShown(server.url, elsewhere), false);
		assert.equal(await formsShown(server.url, { "X-Forwarded-For": "127.0.0.1" }), true);
		assert.equal(await formsShown(server.url, { "X-Forwarded-For": "nonsense" }), false);
	});
	await withServer("invoke_forms = always", async server => assert.equal(await formsShown(server.url, elsewhere), true));
	await withServer("invoke_forms = off", server => inWindow({}, async page => {
		assert.equal(await formsShown(server.url), false);
		await page.goto(`${server.url}?op=FlushApplicationCache`);
		assert.equal(await page.locator("form, input").count(), 0);
		await page.getByText("Forms are switched off on this installation.").waitFor();
	}));
});

test("no other page may frame a page, and no script but its own runs in it", () => inWindow({ expectTrouble: true }, async page => {
	await page.goto(shared.server.url);
	assert.equal(await page.evaluate(() => {
		const script = document.createElement("script");
		script.textContent = "window.caught = true";
		document.body.append(script);
		const link = document.createElement("a");
		document.body.append(link);
		link.setAttribute("onclick", "window.caught = true");
		link.click();
		return window.caught;
	}), undefined);
	await page.goto("about:blank");
	await page.setContent(`<iframe src="${shared.server.url}"></iframe>`);
	await page.waitForTimeout(300);
	assert.equal(page.frames().length, 2);
	assert.equal(await page.frames()[1].locator("h1:text-is('Operations')").count(), 0);
}));
