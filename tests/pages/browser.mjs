// Debian's Chromium, headless, and the kinds of window that pages are looked at in.
import { chromium } from "playwright-core";

export const WIDTHS = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } };
export const SCHEMES = ["light", "dark"];

// Without these Chromium talks to its maker's hosts at each start; root needs it without its sandbox.
export function launch() {
	return chromium.launch({
		executablePath: "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--force-color-profile=srgb"],
	});
}

export async function logIn(page, user, password) {
	const details = page.locator("details:has(form.login)");
	if (await details.count() && !await details.evaluate(d => d.open))
		await details.locator("summary").click();
	await page.locator("#login-UID").fill(user);
	await page.locator("#login-PWD").fill(password);
	await page.locator("form.login button").click();
	await page.locator("form.login + .outcome > p").filter({ hasText: /./ }).waitFor();
}
