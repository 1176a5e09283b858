// Joins web/src into one module for browsers of the last few years.
import { build } from 'esbuild';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BANNERS = {
	stoa: '/*! Stoa, AGPL-3.0-or-later */',
	pages: '/*! Stoa, AGPL-3.0-or-later */',
	push: '/*! Stoa, AGPL-3.0-or-later */',
	worker: '/*! Stoa, AGPL-3.0-or-later */',
	'rich/rich': '/*! Stoa, AGPL-3.0-or-later. With ProseMirror, markdown-it and their parts, MIT. See web/NOTICE. */',
};

const here = dirname(fileURLToPath(import.meta.url));

/** The text of one script with all it imports: `stoa` on every page, `rich/rich` for those who write, `pages` where
 * wiki pages are named, `push` and `worker` for those who want push messages. */
export async function script(name) {
	const result = await build({
		entryPoints: [join(here, `../src/${name}.ts`)],
		bundle: true,
		minify: true,
		format: 'esm',
		target: ['es2022', 'safari16', 'firefox115', 'chrome109'],
		charset: 'utf8',
		legalComments: 'none',
		banner: { js: BANNERS[name] },
		write: false,
	});
	return result.outputFiles[0].text;
}
