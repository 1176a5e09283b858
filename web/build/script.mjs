// Joins web/src into one module for browsers of the last few years.
import { build } from 'esbuild';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** The text of `stoa.js`. */
export async function script() {
	const result = await build({
		entryPoints: [join(here, '../src/stoa.ts')],
		bundle: true,
		minify: true,
		format: 'esm',
		target: ['es2022', 'safari16', 'firefox115', 'chrome109'],
		charset: 'utf8',
		legalComments: 'none',
		banner: { js: '/*! Stoa, AGPL-3.0-or-later */' },
		write: false,
	});
	return result.outputFiles[0].text;
}
