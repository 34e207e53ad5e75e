// The pages' one script. Without it every form works as a form does; with it the answer is shown in place, and the ticket
// of a login is remembered in a variable: until the page is left, and nowhere else. Text is only ever put in as text.
(() => {
	"use strict";
	let ticket = "";

	const make = (name, text, attributes = {}) => {
		const element = document.createElement(name);
		if (text !== undefined)
			element.textContent = text;
		for (const [key, value] of Object.entries(attributes))
			element.setAttribute(key, value);
		return element;
	};

	// ---- the ticket ----

	const keep = value => {
		for (const input of document.querySelectorAll("input.ticket"))
			if (input.value === "" || input.value === ticket)
				input.value = value;
		ticket = value;
		const panel = document.querySelector("form.status");
		if (panel && ticket !== "")
			panel.requestSubmit();
	};

	// What an answer says of the ticket that we hold: a new one, or that it is of no use any more.
	const learn = (operation, root, sent) => {
		if (root.getAttribute("success") !== "true")
			return;
		if (root.hasAttribute("ticket"))
			keep(root.getAttribute("ticket"));
		else if (operation === "LogOut" && sent.get("AuthenticationTicket") === ticket)
			keep("");
	};

	// ---- an answer as text to read ----

	const escaped = (text, quotes) => {
		const safe = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
		return quotes ? safe.replace(/"/g, "&quot;") : safe;
	};

	// Appends an element to the <pre>, its attributes a line each where they would not fit into one.
	const put = (pre, element, indent) => {
		const attributes = [...element.attributes].map(a => `${a.name}="${escaped(a.value, true)}"`);
		const long = attributes.join(" ").length > 72;
		const space = long ? `\n${indent}  ` : " ";
		pre.append(indent + "<", make("span", element.tagName, { class: "name" }));
		for (const text of attributes)
			pre.append(space + text);
		if (!element.firstChild) {
			pre.append(" />\n");
			return;
		}
		pre.append(">");
		if (element.firstElementChild) {
			pre.append("\n");
			for (const child of element.children)
				put(pre, child, indent + "  ");
			pre.append(indent);
		} else {
			pre.append(escaped(element.textContent, false));
		}
		pre.append("</", make("span", element.tagName, { class: "name" }), ">\n");
	};

	const parsed = (type, text) => {
		if (!/^(text|application)\/xml/.test(type))
			return null;
		const root = new DOMParser().parseFromString(text, "text/xml").documentElement;
		return root.querySelector("parsererror") || root.tagName === "parsererror" ? null : root;
	};

	// ---- calls ----

	const call = async (form, submitter) => {
		const sent = new URLSearchParams(new FormData(form));
		const get = submitter && submitter.formMethod === "get";
		const query = get && `${sent}` !== "" ? `?${sent}` : "";
		const begun = performance.now();
		const response = await fetch(form.action + query, get ? {} : { method: "POST", body: sent });
		const text = await response.text();
		const milliseconds = Math.round(performance.now() - begun);
		const root = parsed(response.headers.get("Content-Type") || "", text);
		return { sent, response, text, milliseconds, root };
	};

	const error = answer => answer.root ? answer.root.getAttribute("error") || "" : answer.text;
	const good = answer => answer.response.ok && answer.root !== null && answer.root.getAttribute("success") === "true";

	// The place below a form where its answers go. Its first line is read out as it changes.
	const place = form => {
		const above = form.className === "status" ? form.parentElement : form;
		let outcome = above.nextElementSibling;
		if (!outcome || !outcome.classList.contains("outcome")) {
			outcome = make("div", "", { class: "outcome" });
			outcome.append(make("p", "", { role: "status" }));
			above.after(outcome);
		}
		while (outcome.children.length > 1)
			outcome.lastChild.remove();
		return outcome;
	};

	const say = (outcome, text, kind) => {
		outcome.firstChild.textContent = text;
		outcome.firstChild.className = kind;
	};

	const showWhole = (outcome, answer) => {
		const { response, milliseconds, root, text } = answer;
		const verdict = good(answer) ? "success" : error(answer);
		say(outcome, `${response.status} ${response.statusText}, ${milliseconds} ms: ${verdict}`, good(answer) ? "good" : "bad");
		const headers = make("details", undefined, { open: "" });
		const table = make("table");
		const body = make("tbody");
		for (const [name, value] of response.headers) {
			const row = make("tr");
			row.append(make("th", name, { scope: "row" }), make("td", value));
			body.append(row);
		}
		table.append(body);
		headers.append(make("summary", "Headers"), table);
		const pre = make("pre");
		if (root)
			put(pre, root, "");
		else
			pre.textContent = text;
		outcome.append(pre, headers);
	};

	const showLogin = (outcome, answer) => {
		if (good(answer)) {
			const name = answer.root.getAttribute("fullname") || answer.root.getAttribute("username");
			say(outcome, `Logged in as ${name}; the ticket is filled in.`, "good");
		} else {
			say(outcome, error(answer), "bad");
		}
	};

	// Who may not see the status is told so by name of the error, and nothing else.
	const showStatus = (outcome, answer) => {
		if (!good(answer)) {
			say(outcome, error(answer), "bad");
			return;
		}
		const at = name => answer.root.getAttribute(name);
		const current = at("SnapshotIsCurrent") === "true";
		say(outcome, current ? "The snapshot is current." : "The last load failed; an older snapshot is served.",
			current ? "good" : "bad");
		const list = make("dl");
		for (const [name, value] of [["Version", at("VersionNumber")], ["Loaded", at("SnapshotLoadedAt")],
			["Now", at("Coordinated_Universal_Time")], ["Flushes", at("Flushes")],
			["Loads", `${at("Loads")}, ${at("FailedLoads")} failed`]])
			list.append(make("dt", name), make("dd", value));
		outcome.append(list);
	};

	const show = { invoke: showWhole, login: showLogin, status: showStatus };

	document.addEventListener("submit", async event => {
		const form = event.target;
		const outcome = place(form);
		const operation = form.action.split("/").pop();
		event.preventDefault();
		form.setAttribute("aria-busy", "true");
		try {
			const answer = await call(form, event.submitter);
			show[form.className](outcome, answer);
			for (const input of form.querySelectorAll("input[type=password]"))
				if (good(answer))
					input.value = "";
			if (answer.root)
				learn(operation, answer.root, answer.sent);
		} catch (failure) {
			say(outcome, `The service cannot be reached: ${failure.message}`, "bad");
		}
		form.removeAttribute("aria-busy");
	});

	// ---- copying ----

	for (const sample of document.querySelectorAll(".sample")) {
		const pre = sample.querySelector("pre");
		const title = sample.querySelector("figcaption");
		const button = make("button", "Copy", { type: "button" });
		const of = sample.parentElement.querySelector("h3");
		button.setAttribute("aria-label", ["Copy", of && of.textContent, title ? title.textContent : "the address"].filter(Boolean).join(" "));
		button.addEventListener("click", async () => {
			try {
				await navigator.clipboard.writeText(pre.textContent);
				button.textContent = "Copied";
			} catch {
				getSelection().selectAllChildren(pre);
				button.textContent = "Selected";
			}
			setTimeout(() => { button.textContent = "Copy"; }, 2000);
		});
		sample.append(button);
	}
})();
