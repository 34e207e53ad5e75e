// The steps, for the clients in JavaScript: what they have in common but the toolkit. A client gives one caller for each form
// that it speaks: call(operation, parameters) resolves to the result element as a function that reads an attribute of it or of
// the first element at a path in it, and catchFault() makes the service answer a fault, catches it as the toolkit's own error,
// and resolves to "code: text". A step is right when it was with each.
'use strict';

const {env} = process;
const NO_TICKET = '00000000-0000-0000-0000-000000000000';
const GONE = '[901]Session expired or Invalid ticket';

function expect(right, otherwise) {
	if (!right)
		throw new Error(otherwise);
}

function succeeded(read) {
	expect(read('success') === 'true', read('error'));
	return read;
}

function failed(read, error) {
	expect(read('success') === 'false' && read('error') === error, `success=${read('success')}, error=${read('error')}`);
}

async function logIn(caller, user, password) {
	return succeeded(await caller.call('AuthenticateUser', {UID: user, PWD: password}))('ticket');
}

const STEPS = {
	async login(c) {
		c.ticket = await logIn(c, env.SRV_USER, env.SRV_PASSWORD);
		c.plain = await logIn(c, env.SRV_PLAIN_USER, env.SRV_PLAIN_PASSWORD);
	},
	async login_refused(c) {
		const read = await c.call('AuthenticateUser', {UID: env.SRV_USER, PWD: `not ${env.SRV_PASSWORD}`});
		failed(read, '[900] Authentication failed');
	},
	async flush(c) {
		succeeded(await c.call('FlushApplicationCache', {authenticationTicket: c.ticket}));
	},
	async flush_bad_ticket(c) {
		failed(await c.call('FlushApplicationCache', {authenticationTicket: NO_TICKET}), GONE);
	},
	async flush_denied(c) {
		failed(await c.call('FlushApplicationCache', {authenticationTicket: c.plain}), '[921]Insufficient rights');
	},
	async serverinfo(c) {
		const name = (await c.call('ServerInfo', {}))('ServerName');
		expect(name === env.SRV_SERVER_NAME, name);
	},
	async jobs(c) {
		const read = await c.call('GetMaintenanceJobsStatus', {authenticationTicket: c.ticket});
		expect(read('JobName', 'MaintenanceJob'), 'no job has a name');
	},
	async warehouse(c) {
		const read = await c.call('GetWarehouseStatus', {authenticationTicket: c.ticket});
		expect(read('Path', 'WarehousePaths', 'WarehousePath'), 'no path');
		expect(read('DiskSize', 'Disks', 'Disk') > 0, 'no disk has a size');
	},
	async logout(c) {
		succeeded(await c.call('LogOut', {AuthenticationTicket: c.ticket}));
		failed(await c.call('FlushApplicationCache', {authenticationTicket: c.ticket}), GONE);
	},
	async fault(c) {
		const fault = await c.catchFault();
		expect(/^SOAP-ENV:(Client|Sender): A parameter is too long\.$/.test(fault), fault);
	},
};

exports.run = async function (version, callers) {
	console.log('version', version);
	for (const [step, what] of Object.entries(STEPS)) {
		let wrong = '';
		for (const [form, caller] of Object.entries(callers))
			await what(caller).catch((e) => {
				console.error(e);
				wrong += ` ${form}: ${String(e).replace(/\s+/g, ' ')}`;
			});
		console.log(wrong ? `not ok ${step} -${wrong}` : `ok ${step}`);
	}
};

// How a toolkit's plain objects are read whose attributes are in a member of this name.
exports.reader = (root, attributes) => (name, ...path) => {
	const element = path.reduce((e, step) => [e?.[step]].flat()[0], root);
	return element?.[attributes]?.[name];
};
