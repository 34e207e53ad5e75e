// What the pages say is true: their samples are sent as they stand, their commands run, and all of it follows the WSDL.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { Validator } from "@seriousme/openapi-schema-validator";
import { OPERATIONS, inWindow, shared, withServer } from "./fixture.mjs";
import { BUILD, TOP } from "./server.mjs";

const SAMPLE_TICKET = "825f79c0-887e-238e-45e2-620c7e47abea";
const run = promisify(execFile);

// The request as bytes: the head's lines end in CR LF, the body is as shown.
function send(port, text) {
	const [head, ...body] = text.split("\n\n");
	const bytes = `${head.replace(/\n/g, "\r\n")}\r\nConnection: close\r\n\r\n${body.join("\n\n")}`;
	return new Promise((done, failed) => {
		let answer = "";
		const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
		socket.setEncoding("utf8").on("data", data => { answer += data; }).on("end", () => done(answer)).on("error", failed);
	});
}

// Each element by the names of its attributes, without repetitions: two answers of one shape differ only in values.
const shape = xml => [...new Set(xml.replace(/="[^"]*"/g, "").match(/<[^>]+>/g))].join("");

// A success as the sample says: the fields that it shows, a length that is right, the same body but for values.
function expectLike(answer, sample, op) {
	const [head, body] = answer.split("\r\n\r\n");
	const sampleHead = sample.slice(0, sample.indexOf("\n\n"));
	const sampleBody = sample.slice(sampleHead.length + 2).replace(/\n$/, "\r\n"); // gSOAP ends an envelope so
	for (const line of sampleHead.split("\n").filter(l => !l.startsWith("Content-Length")))
		assert.ok(`${head}\r\n`.includes(`${line}\r\n`), `${op}: no ${line} in ${head}`);
	assert.equal(Number(/Content-Length: (\d+)/.exec(sampleHead)[1]), Buffer.byteLength(sampleBody));
	assert.match(body, / success="true"/);
	if (/^(Flush|LogOut)/.test(op))
		assert.equal(body, sampleBody);
	else
		assert.equal(shape(body), shape(sampleBody));
}

test("each sample may be sent, and each command run, as it stands", () => withServer("", server => inWindow({}, async page => {
	const env = { ...process.env, PATH: `${BUILD}:${process.env.PATH}` };
	const store = join(server.store, "srv.db");
	execFileSync("sqlite3", [store, "DELETE FROM maintenance_jobs WHERE job_id > 1; INSERT INTO maintenance_job_log (job_id, started_at, elapsed_ms, success, message) VALUES (1, strftime('%Y-%m-%dT%H:%M:%SZ'), 5, 1, '')"]);
	let ticket = await server.login("admin");
	const mine = async (op, text) => {
		if (op === "LogOut")
			ticket = await server.login("admin");
		return text.replaceAll(SAMPLE_TICKET, ticket);
	};
	await fetch(`${server.url}/FlushApplicationCache?authenticationTicket=${ticket}`);
	for (const op of OPERATIONS) {
		await page.goto(`${server.url}?op=${op}`);
		const texts = Object.fromEntries(await page.locator("pre[id]").evaluateAll(all => all.map(pre => [pre.id, pre.textContent])));
		for (const form of ["soap11", "soap12", "get", "post"]) {
			expectLike(await send(server.port, await mine(op, texts[`${form}-request`])), texts[`${form}-answer`], op);
			const curl = await run("sh", ["-c", `${await mine(op, texts[`${form}-curl`])} --silent --fail --noproxy '*'`], { env });
			assert.match(curl.stdout, / success="true"/, `${op} ${form}: ${curl.stdout}`);
		}
		if (op === "RenewTicket")
			assert.equal(texts["srvctl-command"], undefined);
		else
			await run("sh", ["-c", await mine(op, texts["srvctl-command"])], { env });
		if (op === "LogOut")
			ticket = await server.login("admin");
	}
})));

test("samples have the address that the reader used", async () => {
	await withServer("trusted_proxies = 127.0.0.1\nbase_path = /InfoRouter", async server => {
		const headers = { "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "docs.example.com" };
		const page = await (await fetch(`http://127.0.0.1:${server.port}/InfoRouter/srv.asmx?op=LogOut`, { headers })).text();
		assert.match(page, /POST \/InfoRouter\/srv\.asmx HTTP\/1\.1\nHost: docs\.example\.com\n/);
		assert.match(page, /curl 'https:\/\/docs\.example\.com\/InfoRouter\/srv\.asmx\/LogOut\?/);
		assert.doesNotMatch(page, /127\.0\.0\.1|@[A-Z]+@/);
	});
});

const faultsOf = async specification => {
	const result = await new Validator().validate(specification);
	return result.valid ? [] : result.errors;
};

test("?openapi is a valid description of the GET and POST forms of every operation", async () => {
	const response = await fetch(`${shared.server.url}?openapi`);
	const description = await response.json();
	assert.equal(response.headers.get("Content-Type"), "application/json; charset=utf-8");
	assert.deepEqual(await faultsOf(structuredClone(description)), []);
	assert.match(description.openapi, /^3\.1\./);
	assert.deepEqual(description.servers, [{ url: shared.server.url }]);
	assert.deepEqual(Object.keys(description.paths), OPERATIONS.map(name => `/${name}`));
	const { get, post } = description.paths["/RenewTicket"];
	assert.deepEqual(get.parameters.map(p => p.name), ["UID", "PWD", "Lang", "OldTicket"]);
	const form = post.requestBody.content["application/x-www-form-urlencoded"].schema;
	assert.deepEqual(Object.keys(form.properties), ["UID", "PWD", "Lang", "OldTicket"]);
	assert.deepEqual(get.responses["200"].content["text/xml"].schema, { $ref: "#/components/schemas/Login", xml: { name: "root" } });
	assert.deepEqual(description.components.schemas.Login.properties.userid, { type: "integer", format: "int64", xml: { attribute: true } });
	delete description.paths["/RenewTicket"].get.responses;
	description.info = {};
	assert.notDeepEqual(await faultsOf(description), []); // the validator does find what is wrong
});

test("a new operation is on the pages and in the description with nothing but the contract edited", async () => {
	const dir = mkdtempSync(join(tmpdir(), "srv-pages-"));
	const wsdl = join(dir, "srv.wsdl"), results = join(dir, "results.xsd");
	const make = stylesheet => execFileSync("xsltproc", ["--stringparam", "results", results, "--stringparam", "version", "1.0.0.0",
		join(TOP, "gen", stylesheet), wsdl], { encoding: "utf8" });
	const documented = text => `<s:annotation><s:documentation>${text}</s:documentation></s:annotation>`;
	try {
		writeFileSync(wsdl, readFileSync(join(TOP, "wsdl/srv.wsdl"), "utf8")
			.replace('<s:element name="FlushApplicationCache">', `<s:element name="CountDocuments"><s:complexType><s:sequence><s:element minOccurs="0" maxOccurs="1" name="Folder" type="s:string">${documented("Which &lt;one&gt;.")}</s:element></s:sequence></s:complexType></s:element>$&`)
			.replace(/(<wsdl:portType name="SrvSoap">\s*)/, '$1<wsdl:operation name="CountDocuments"><wsdl:documentation>Counts &lt;documents&gt; &amp; "folders".</wsdl:documentation></wsdl:operation>'));
		writeFileSync(results, readFileSync(join(TOP, "wsdl/results.xsd"), "utf8")
			.replace("</xs:schema>", '<xs:complexType name="Count"><xs:attributeGroup ref="srv:Outcome" /><xs:attribute name="count" type="xs:long" /></xs:complexType><xs:element name="CountDocumentsResult"><xs:annotation><xs:appinfo><srv:operation needs="a ticket" errors="ticket" /></xs:appinfo></xs:annotation><xs:complexType><xs:sequence><xs:element name="response" type="srv:Count" /></xs:sequence></xs:complexType></xs:element></xs:schema>'));
		assert.ok(make("index.xsl").includes('<a href="?op=CountDocuments">CountDocuments</a></h2><p>Counts &lt;documents&gt; &amp; "folders".</p>'));
		const page = make("operation.xsl").split("<!--op ").find(text => text.startsWith("CountDocuments-->"));
		for (const text of ["Which &lt;one&gt;.", '<input id="invoke-Folder" name="Folder"', "a ticket", "[901]Session expired",
			"CountDocuments?Folder=string", '&lt;response success="true" count="0" /&gt;'])
			assert.ok(page.includes(text), text);
		assert.ok(!page.includes("[921]"));
		const description = JSON.parse(make("openapi.xsl"));
		assert.equal(description.paths["/CountDocuments"].get.parameters[0].name, "Folder");
		assert.deepEqual(await faultsOf(description), []);
	} finally {
		rmSync(dir, { recursive: true });
	}
});
