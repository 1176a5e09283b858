// Starts the program under test on a folder of its own, and ends it.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
export const ROOT = resolve(HERE, '../../..');
export const BINARY = resolve(process.env.STOA_BIN ?? join(ROOT, 'target/debug/stoa'));
const START_MS = 60_000;
const STOP_MS = 10_000;

if (!existsSync(BINARY)) throw new Error(`no program at ${BINARY}: build it first (cargo build -p stoa) or set STOA_BIN`);

/** A folder of our own, gone when the test ends. */
export function folder() {
	return mkdtempSync(join(tmpdir(), 'stoa-browser-'));
}

/** Runs a command to its end; its standard output. Throws with what it said when it fails. */
export function run(...args) {
	return execFileSync(BINARY, args, { encoding: 'utf8', env: environment(), maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The same with its standard error, and without judging the exit code. */
export async function tell(input, ...args) {
	const child = spawn(BINARY, args, { env: environment() });
	let out = '';
	let err = '';
	child.stdout.on('data', (data) => { out += data; });
	child.stderr.on('data', (data) => { err += data; });
	child.stdin.end(input);
	const code = await new Promise((done) => child.on('close', done));
	return { code, out, err };
}

function environment() {
	const env = { ...process.env };
	for (const name of Object.keys(env)) if (/^STOA_(?!BIN$)/.test(name)) delete env[name];
	// No test asks the world for anything.
	env.STOA_FETCH_OUTSIDE = '0';
	return env;
}

/** A running site. `site.stop()` ends it and removes its folder. */
export async function serve(...args) {
	const given = args.indexOf('--data');
	const data = given < 0 ? folder() : args[given + 1];
	const all = ['serve', ...(args.includes('--listen') ? [] : ['--listen', '127.0.0.1:0']), ...(given < 0 ? ['--data', data] : []), ...args];
	const child = spawn(BINARY, all, { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
	const site = { data, base: '', err: '', child, stop };
	child.stderr.on('data', (text) => { site.err += text; });
	let out = '';
	await new Promise((ready, failed) => {
		const late = setTimeout(() => failed(new Error(`not listening after ${START_MS / 1000} s:\n${site.err}`)), START_MS);
		child.stdout.on('data', (text) => {
			out += text;
			const address = /^listening on (http:\/\/\S+)$/m.exec(out)?.[1];
			if (!address) return;
			site.base = address;
			clearTimeout(late);
			ready();
		});
		child.on('exit', (code) => failed(new Error(`the program ended with ${code}:\n${site.err}`)));
	});
	const over = new Promise((done) => child.on('close', done));
	process.once('exit', () => child.kill('SIGKILL'));

	async function stop() {
		child.kill('SIGTERM');
		const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
		await over;
		clearTimeout(late);
		rmSync(data, { recursive: true, force: true });
	}
	return site;
}

/** The route table as the program prints it: `{ method, path, policy }`. */
export function routes() {
	return run('routes').trim().split('\n').map((line) => {
		const [method, path, policy] = line.trim().split(/\s+/);
		return { method, path, policy };
	});
}
