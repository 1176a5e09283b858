// Bundles the browser's files: `node build.mjs [OUT_DIR]` writes them there, named by their content, with a manifest.
//
// The manifest (`manifest.tsv`) has one line a file: logical name, written name, MIME type. Cargo runs this through
// crates/stoa-assets; nothing is written outside OUT_DIR.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { sprite, flipped } from './build/icons.mjs';
import { small, stylesheet } from './build/css.mjs';
import { script } from './build/script.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, '../target/web'));

const MIME = {
	'.css': 'text/css; charset=utf-8',
	'.js': 'text/javascript; charset=utf-8',
	'.svg': 'image/svg+xml',
	'.ico': 'image/x-icon',
	'.png': 'image/png',
};

const manifest = [];

/** Writes `content` as `stem-HASH.ext`, beside it the same in brotli, and returns the written name. */
function emit(logical, content) {
	const bytes = Buffer.from(content);
	const ext = extname(logical);
	const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 10);
	const name = `${logical.slice(0, -ext.length)}-${hash}${ext}`;
	if (!manifest.some((row) => row[1] === name)) {
		const brotli = brotliCompressSync(bytes, {
			params: {
				[constants.BROTLI_PARAM_QUALITY]: 11,
				[constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
			},
		});
		writeFileSync(join(out, name), bytes);
		writeFileSync(join(out, `${name}.br`), brotli);
		manifest.push([logical, name, MIME[ext], bytes.length, brotli.length]);
	}
	return name;
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

emit('icons.svg', sprite());
for (const file of ['favicon.svg', 'favicon.ico', 'apple-touch-icon.png']) {
	emit(file, readFileSync(join(here, 'icons', file)));
}
// Codex draws some icons as `data:` masks; the content security policy allows no `data:`, so each becomes a file.
const mask = (svg) => emit(`mask-${createHash('sha256').update(svg).digest('hex').slice(0, 4)}.svg`, svg);
emit('stoa.css', stylesheet({ rtl: false, mask, flipped: [] }));
emit('stoa-rtl.css', stylesheet({ rtl: true, mask, flipped: flipped() }));
emit('embed.css', small('embed'));
emit('stoa.js', await script('stoa'));
emit('rich.js', await script('rich/rich'));
emit('pages.js', await script('pages'));
emit('push.js', await script('push'));
emit('worker.js', await script('worker'));

writeFileSync(join(out, 'manifest.tsv'), manifest.map(([l, n, m]) => `${l}\t${n}\t${m}\n`).join(''));
for (const [, name, , plain, brotli] of manifest) {
	console.log(`${name.padEnd(36)} ${String(plain).padStart(7)} B, ${String(brotli).padStart(6)} B brotli`);
}
