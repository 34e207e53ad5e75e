// What the tests of the pages share: one server, one browser, and windows in which nothing may go wrong unseen.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { launch } from "./browser.mjs";
import { Server } from "./server.mjs";

export const OPERATIONS = ["FlushApplicationCache", "GetMaintenanceJobsStatus", "GetWarehouseStatus", "ServerInfo",
	"AuthenticateUser", "AuthenticateUser1", "RenewTicket", "isValidTicket", "LogOut"];

export const shared = {};

before(async () => {
	shared.server = await new Server().start();
	shared.browser = await launch();
});

after(async () => {
	await shared.browser.close();
	await shared.server.stop();
});

// Runs what with a page in a window of its own, and fails if a script failed, or the policy forbade something, unless
// the test is about that.
export async function inWindow(options, what) {
	const { expectTrouble, ...rest } = options;
	const context = await shared.browser.newContext({ viewport: { width: 1280, height: 900 }, ...rest });
	const page = await context.newPage();
	const trouble = [];
	page.setDefaultTimeout(20000);
	page.on("pageerror", error => trouble.push(String(error)));
	page.on("console", message => {
		if (message.location().url.endsWith("/favicon.ico")) // asked for beside an answer that is XML
			return;
		if (message.type() === "error" || /Content.Security.Policy/i.test(message.text()))
			trouble.push(message.text());
	});
	try {
		await what(page);
		if (!expectTrouble)
			assert.deepEqual(trouble, []);
	} finally {
		await context.close();
	}
}

// Runs what with a server of its own.
export async function withServer(lines, what) {
	const server = await new Server(lines).start();
	try {
		await what(server);
	} finally {
		await server.stop();
	}
}

// Sends the form of an operation's page by the button of that method, and gives what is shown.
export async function invoke(page, method) {
	const line = page.locator("form.invoke + .outcome > p");
	await page.locator("form.invoke button", { hasText: `Invoke by ${method}` }).click();
	await page.locator("form.invoke:not([aria-busy]) + .outcome pre").waitFor();
	return { line: await line.textContent(), text: await page.locator("form.invoke + .outcome pre").textContent() };
}

// The same where no script runs: the answer is the next page.
export async function submit(page, method, values) {
	for (const [name, value] of Object.entries(values))
		await page.locator(`#invoke-${name}`).fill(value);
	const [response] = await Promise.all([
		page.waitForResponse(r => r.request().isNavigationRequest()),
		page.locator("form.invoke button", { hasText: `Invoke by ${method}` }).press("Enter"),
	]);
	return { status: response.status(), method: response.request().method(), text: await response.text() };
}

export async function status(server, ticket) {
	const body = new URLSearchParams({ authenticationTicket: ticket });
	return (await fetch(`${server.url}?status`, { method: "POST", body })).text();
}

export const flushes = async (server, ticket) => Number(/ Flushes="(\d+)"/.exec(await status(server, ticket))[1]);
