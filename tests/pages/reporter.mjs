// node:test in the words of cmocka, which tests/run counts.
export default async function* report(events) {
	const failed = [];
	let passed = 0, skipped = 0;
	for await (const { type, data } of events) {
		if (type === "test:pass" && (data.skip !== undefined || data.todo !== undefined)) {
			skipped++;
		} else if (type === "test:pass") {
			passed++;
		} else if (type === "test:fail") {
			const error = data.details.error.cause ?? data.details.error;
			failed.push(data.name);
			yield `${data.name}: ${error.stack ?? error}\n`;
		} else if (type === "test:stderr" || type === "test:stdout") {
			yield data.message;
		}
	}
	yield `[  PASSED  ] ${passed} test(s).\n`;
	if (skipped > 0)
		yield `[  SKIPPED ] ${skipped} test(s), listed below:\n`;
	if (failed.length > 0)
		yield `[  FAILED  ] ${failed.length} test(s), listed below:\n${failed.map(name => `[  FAILED  ] ${name}\n`).join("")}`;
}
