// make screenshots: each page at phone and desktop width, light and dark, as PNG files in the folder given.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Server, PEOPLE } from "./server.mjs";
import { SCHEMES, WIDTHS, launch, logIn } from "./browser.mjs";

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });
const server = await new Server().start();
const browser = await launch();

async function invoke(page) {
	await page.locator("form.invoke button").first().click();
	await page.locator("form.invoke + .outcome pre").waitFor();
}

const shots = {
	index: page => page.goto(server.url),
	unknown: page => page.goto(`${server.url}?op=Nope`),
	status: async page => {
		await page.goto(server.url);
		await logIn(page, "admin", PEOPLE.admin);
		await page.locator(".outcome dl").waitFor();
	},
	operation: async page => {
		await page.goto(`${server.url}?op=FlushApplicationCache`);
	},
	invoked: async page => {
		await page.goto(`${server.url}?op=GetMaintenanceJobsStatus`);
		await logIn(page, "admin", PEOPLE.admin);
		await invoke(page);
	},
};

for (const colorScheme of SCHEMES)
	for (const [width, viewport] of Object.entries(WIDTHS)) {
		const context = await browser.newContext({ colorScheme, viewport });
		for (const [name, show] of Object.entries(shots)) {
			const page = await context.newPage();
			await show(page);
			const path = join(folder, `${name}-${width}-${colorScheme}.png`);
			await page.screenshot({ path, fullPage: true });
			console.log(path);
			await page.close();
		}
		await context.close();
	}
await browser.close();
await server.stop();
