// SPDX-License-Identifier: MIT
//
// Opens a page in a headless Chromium, in each width and colour scheme, and prints a
// line for whatever is wrong with it: it is wider than its window, something was written
// to the console, something was loaded, the switch of the ladders does nothing, or
// axe-core (where there is one) finds something. Talks to the browser over a pipe
// (--remote-debugging-pipe): a JSON text a message, each ended by a NUL.
//
// usage: page.js FILE PROFILE-DIRECTORY [--axe FILE] [--shots PREFIX]
'use strict';

const { spawn } = require('child_process');
const fs = require('fs');
const path = require('path');

const [page, profile, ...rest] = process.argv.slice(2);
const option = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : null);
const axe = option('--axe');
const shots = option('--shots');

const browser = spawn(process.env.CHROMIUM || 'chromium', [
	'--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync',
	'--hide-scrollbars', `--user-data-dir=${profile}`, '--remote-debugging-pipe', 'about:blank',
], { stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'] });
browser.on('error', (error) => { console.log(`cannot start: ${error.message}`); process.exit(2); });

let serial = 0;
let wrong = 0;
let session;
let where = '';
const waiting = new Map();
const events = new Map();

function complain(what) {
	console.log(`${where}: ${what}`);
	wrong++;
}

function send(method, params = {}, sessionId = session) {
	return new Promise((resolve, reject) => {
		waiting.set(++serial, { method, resolve, reject });
		browser.stdio[3].write(`${JSON.stringify({ id: serial, method, params, sessionId })}\0`);
	});
}

function once(event) {
	return new Promise((resolve) => events.set(event, resolve));
}

function receive(message) {
	const { id, method, params, error, result } = message;

	if (id !== undefined) {
		const call = waiting.get(id);
		waiting.delete(id);
		if (error) call.reject(new Error(`${call.method}: ${error.message}`));
		else call.resolve(result);
		return;
	}
	if (method === 'Log.entryAdded') complain(`console: ${params.entry.text}`);
	if (method === 'Runtime.consoleAPICalled') complain(`console: ${params.args.map((a) => a.value).join(' ')}`);
	if (method === 'Runtime.exceptionThrown') complain(`exception: ${params.exceptionDetails.text}`);
	if (method === 'Network.requestWillBeSent' && params.type !== 'Document') complain(`loads ${params.request.url}`);
	if (events.has(method)) {
		events.get(method)(params);
		events.delete(method);
	}
}

let pending = Buffer.alloc(0);
browser.stdio[4].on('data', (data) => {
	pending = Buffer.concat([pending, data]);
	for (let end = pending.indexOf(0); end !== -1; end = pending.indexOf(0)) {
		receive(JSON.parse(pending.subarray(0, end).toString()));
		pending = pending.subarray(end + 1);
	}
});

async function evaluate(expression) {
	const { result, exceptionDetails } = await send('Runtime.evaluate', {
		expression, awaitPromise: true, returnByValue: true,
	});
	if (exceptionDetails) throw new Error(`${expression.slice(0, 60)}: ${exceptionDetails.text}`);
	return result.value;
}

// What stands out of the window on the right, for the message.
const WIDE = `(() => {
	const width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= width) return '';
	const clipped = (e) => e && (getComputedStyle(e).overflowX !== 'visible' || clipped(e.parentElement));
	return [...document.querySelectorAll('body *')]
		.filter((e) => e.getBoundingClientRect().right > width + 1 && !clipped(e.parentElement))
		.slice(0, 3).map((e) => e.outerHTML.slice(0, 100)).join(' and ') || 'the document';
})()`;

// Whether text of a picture, that no figure of its own cuts off, leaves its picture.
const OUTSIDE = `[...document.querySelectorAll('svg[role=img]')].flatMap((svg) => {
	const box = svg.getBoundingClientRect();
	return box.width === 0 ? [] : [...svg.querySelectorAll(':scope > text')].filter((text) => {
		const own = text.getBoundingClientRect();
		return own.left < box.left - 1 || own.right > box.right + 1 || own.top < box.top - 2 || own.bottom > box.bottom + 2;
	}).map((text) => svg.getAttribute('class') + ': ' + text.textContent);
}).slice(0, 5).join('; ')`;

const SHOWN = `['svg.order', 'svg.scale'].map((s) => {
	const svg = document.querySelector('details[open] ' + s);
	return svg === null ? 'none' : svg.getClientRects().length > 0 ? 'shown' : 'hidden';
}).join(' ')`;

async function look(width, scheme) {
	where = `${path.basename(page)} at ${width} px, ${scheme}`;
	await send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false });
	await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
	const loaded = once('Page.loadEventFired');
	await send('Page.navigate', { url: `file://${path.resolve(page)}` });
	await loaded;
	for (const id of ['in-order', 'in-scale']) {
		if (await evaluate(`document.getElementById('${id}') !== null`)) {
			await evaluate(`document.getElementById('${id}').click()`);
			const shown = await evaluate(SHOWN);
			if (shown !== 'none none' && shown !== (id === 'in-order' ? 'shown hidden' : 'hidden shown')) complain(`${id}: ${shown}`);
		}
		const wide = await evaluate(WIDE);
		if (wide !== '') complain(`wider than the window: ${wide}`);
		const outside = await evaluate(OUTSIDE);
		if (outside !== '') complain(`cut off in a picture: ${outside}`);
	}
	await evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })");
	const wide = await evaluate(WIDE);
	if (wide !== '') complain(`wider than the window, all unfolded: ${wide}`);
	if (axe) {
		await evaluate(`${fs.readFileSync(axe, 'utf8')}; 0`);
		const found = await evaluate(`axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations.map((v) =>
			v.id + ' (' + v.nodes.length + '): ' + v.help + ': ' + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 120) + ' ' + (n.any[0] ? n.any[0].message : '')).join(' | ')))`);
		found.forEach((violation) => complain(`axe: ${violation}`));
	}
	if (shots) {
		const loadedAgain = once('Page.loadEventFired');
		await send('Page.reload');
		await loadedAgain;
		const { data } = await send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true });
		fs.writeFileSync(`${shots}-${width}-${scheme}.png`, Buffer.from(data, 'base64'));
	}
}

async function main() {
	const { targetInfos } = await send('Target.getTargets', {}, undefined);
	const { targetId } = targetInfos.find((t) => t.type === 'page');
	({ sessionId: session } = await send('Target.attachToTarget', { targetId, flatten: true }, undefined));
	for (const domain of ['Page', 'Log', 'Runtime', 'Network']) await send(`${domain}.enable`);
	for (const width of [360, 1400]) for (const scheme of ['light', 'dark']) await look(width, scheme);
	await send('Browser.close', {}, undefined);
}

main().then(() => process.exit(wrong === 0 ? 0 : 1), (error) => {
	console.log(`${where}: ${error.message}`);
	browser.kill();
	process.exit(2);
});
