// The real srvd for a test or a picture: a store made by the real srvadm, a licence, a free port. $SRV_BUILD is where the
// programs are (build/ below $SRV_TOP). What is started is stopped by stop(), which also looks into the log for a
// sanitizer's report.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, openSync, closeSync, readFileSync, rmSync, writeFileSync, copyFileSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as rest } from "node:timers/promises";

export const TOP = resolve(process.env.SRV_TOP ?? join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../.."));
export const BUILD = resolve(TOP, process.env.SRV_BUILD || "build");
const PATIENCE_MS = 30000;

// admin has every permission; jsmith, whose name and password are those of the samples, none; boss may not have tickets.
export const PEOPLE = { admin: "correct horse", jsmith: "correct-horse-battery", boss: "battery staple" };

let template;

function adm(db, args, input = "") {
	execFileSync(join(BUILD, "srvadm"), ["--database", db, ...args], { input, stdio: ["pipe", "ignore", "pipe"] });
}

// Each password costs a hash, so the store is made once and copied.
function templateStore() {
	if (template)
		return template;
	const dir = mkdtempSync(join(tmpdir(), "srv-pages-"));
	process.on("exit", () => rmSync(dir, { recursive: true }));
	template = join(dir, "srv.db");
	adm(template, ["init"]);
	adm(template, ["user", "add", "admin", "--first-name", "Ada", "--last-name", "Admin"], `${PEOPLE.admin}\n`);
	adm(template, ["user", "add", "jsmith", "--first-name", "John", "--last-name", "Smith"], `${PEOPLE.jsmith}\n`);
	adm(template, ["user", "add", "boss"], `${PEOPLE.boss}\n`);
	adm(template, ["grant", "admin", "FlushApplicationCache", "ViewServerStatus", "ViewWarehouseStatus"]);
	adm(template, ["setting", "set", "SysadminAccountName", "boss"]);
	adm(template, ["setting", "set", "ServerName", "docs"]);
	return template;
}

export class Server {
	constructor(lines = "") {
		this.dir = mkdtempSync(join(tmpdir(), "srv-pages-"));
		this.store = join(this.dir, "store"); // a folder of its own, which a test may take away
		this.license = join(this.dir, "license.xml");
		this.log = join(this.dir, "srvd.log");
		process.once("exit", this.abandon = () => { // a run that breaks off leaves nothing
			this.process?.kill("SIGKILL");
			rmSync(this.dir, { recursive: true });
		});
		mkdirSync(this.store, { mode: 0o700 });
		const db = join(this.store, "srv.db");
		copyFileSync(templateStore(), db);
		copyFileSync(join(TOP, "impl/srvd/license-sample.xml"), this.license);
		chmodSync(this.license, 0o600); // one that others may read is refused
		adm(db, ["warehouse", "set", "0", this.dir]);
		writeFileSync(join(this.dir, "srvd.ini"),
			`database = ${db}\nlicense = ${this.license}\nlisten = 127.0.0.1:0\njobs = false\n${lines}\n`);
	}

	async start() {
		const log = openSync(this.log, "a");
		this.process = spawn(join(BUILD, "srvd"), ["--config", join(this.dir, "srvd.ini")], { stdio: ["ignore", log, log] });
		closeSync(log);
		this.ended = new Promise(done => this.process.on("exit", (status, signal) => done(status ?? signal)));
		for (let waited = 0; !this.port; waited += 20) {
			const port = /listen address=http:\/\/127\.0\.0\.1:(\d+)\n/.exec(readFileSync(this.log, "utf8"));
			if (port)
				this.port = Number(port[1]);
			else if (waited > PATIENCE_MS || this.process.exitCode !== null)
				throw new Error(`srvd does not listen:\n${readFileSync(this.log, "utf8")}`);
			else
				await rest(20);
		}
		this.url = `http://127.0.0.1:${this.port}/srv.asmx`;
		return this;
	}

	async login(user) {
		const body = new URLSearchParams({ UID: user, PWD: PEOPLE[user] });
		const answer = await (await fetch(`${this.url}/AuthenticateUser`, { method: "POST", body })).text();
		return /ticket="([^"]+)"/.exec(answer)[1];
	}

	async stop() {
		this.process.kill("SIGTERM");
		const status = await this.ended;
		process.off("exit", this.abandon);
		const log = readFileSync(this.log, "utf8");
		rmSync(this.dir, { recursive: true });
		if (status !== 0 || /Sanitizer|runtime error/.test(log))
			throw new Error(`srvd ended with ${status}:\n${log}`);
	}
}
