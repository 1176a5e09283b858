// One Chromium for a test file, and pages that note everything a good page does not do.
import { chromium } from 'playwright-core';

const FLAGS = [
	'--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
	'--no-first-run', '--disable-dev-shm-usage',
	// Nothing outside is ever reached: a page that asks for another host is noted, and gets no answer.
	'--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

export function launch() {
	return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/** Refusals are pages too, and Chromium writes each as an error of its own: that line says nothing about the page. */
const OF_STATUS = /^Failed to load resource: the server responded with a status of 4\d\d/;

/** Notes console errors, page errors, broken promises of the CSP and requests to other hosts, in `page.faults`. */
export async function watch(page, base) {
	page.faults = [];
	page.on('console', (message) => {
		if (message.type() !== 'error') return;
		if (OF_STATUS.test(message.text()) && message.location().url === page.url()) return;
		page.faults.push(`console: ${message.text()} (${message.location().url})`);
	});
	page.on('pageerror', (error) => page.faults.push(`error: ${error.message}`));
	page.on('request', (request) => {
		if (!/^(data|blob|about):/.test(request.url()) && !request.url().startsWith(`${base}/`)) page.faults.push(`asks another host: ${request.url()}`);
	});
	page.on('requestfailed', (request) => {
		if (request.failure()?.errorText !== 'net::ERR_ABORTED') page.faults.push(`${request.failure()?.errorText}: ${request.url()}`);
	});
	page.on('response', (response) => {
		if (response.status() >= 400 && response.request().resourceType() !== 'document') page.faults.push(`${response.status()}: ${response.url()}`);
	});
	await page.addInitScript(() => {
		document.addEventListener('securitypolicyviolation', (event) => {
			console.error(`CSP ${event.violatedDirective} refused ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
		});
	});
	return page;
}

/** Runs `job(item, worker number)` for every item, `width` at a time. */
export async function together(items, width, job) {
	const queue = [...items];
	await Promise.all(Array.from({ length: width }, async (_, worker) => {
		for (let item = queue.shift(); item !== undefined; item = queue.shift()) await job(item, worker);
	}));
}
