// Makes the sprite of every icon the pages use: Codex's (MIT), and our own mark.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const codex = JSON.parse(readFileSync(join(here, '../node_modules/@wikimedia/codex-icons/dist/codex-icons.json'), 'utf8'));

/** Our name (`#i-NAME`) → Codex's name. */
export const ICONS = {
	add: 'Add', alert: 'Alert', appearance: 'Appearance', article: 'Article', attachment: 'Attachment', bell: 'Bell', bold: 'Bold',
	bookmark: 'Bookmark', bookmarkOutline: 'BookmarkOutline', bright: 'Bright', calendar: 'Calendar', check: 'Check',
	clock: 'Clock', close: 'Close', code: 'Code', collapse: 'Collapse', down: 'ArrowDown', download: 'Download',
	edit: 'Edit', ellipsis: 'Ellipsis', error: 'Error', expand: 'Expand', eye: 'Eye', eyeClosed: 'EyeClosed',
	feed: 'Live', filter: 'Filter', flag: 'Flag', folder: 'FolderPlaceholder', globe: 'Globe', heart: 'Heart',
	heartOutline: 'HeartOutline', help: 'Help', history: 'History', home: 'Home', image: 'Image', inbox: 'Tray',
	info: 'InfoFilled', italic: 'Italic', keyboard: 'Keyboard', language: 'Language', lightbulb: 'LightbulbOutline',
	link: 'Link', listBullet: 'ListBullet', listNumbered: 'ListNumbered', lock: 'Lock', logIn: 'LogIn',
	logOut: 'LogOut', map: 'Map', menu: 'Menu', message: 'Message', moon: 'Moon', next: 'Next', previous: 'Previous',
	arrowNext: 'ArrowNext', arrowPrevious: 'ArrowPrevious', poll: 'ChartBar', print: 'Printer', pushPin: 'PushPin', quotes: 'Quotes',
	reload: 'Reload', reply: 'Undo', robot: 'Robot', search: 'Search', settings: 'Settings', share: 'Share',
	speechBubbleAdd: 'SpeechBubbleAdd', speechBubbles: 'SpeechBubbles', strikethrough: 'Strikethrough',
	success: 'Success', table: 'Table', tag: 'Tag', trash: 'Trash', unLock: 'UnLock', up: 'ArrowUp',
	userAdd: 'UserAdd', userAvatar: 'UserAvatar', userGroup: 'UserGroup',
};

/** Icons whose Codex form is the mirror of what we mean, or has a drawing of its own for right-to-left. */
const PAIRED = new Set(['listNumbered']);

function drawing(name) {
	const icon = codex[`cdxIcon${ICONS[name]}`];
	if (icon === undefined) throw new Error(`Codex has no icon called ${ICONS[name]}`);
	if (typeof icon === 'string') return icon;
	return icon.ltr ?? icon.langCodeMap?.en ?? icon.default;
}

/** The names of the icons that are mirrored on right-to-left pages. */
export function flipped() {
	return Object.keys(ICONS).filter((name) => codex[`cdxIcon${ICONS[name]}`].shouldFlip);
}

/** The text of `icons.svg`. */
export function sprite() {
	const own = ['logo', 'emoji'].map((name) => readFileSync(join(here, `../icons/${name}.svg`), 'utf8')
		.replace(/^[^]*?<svg[^>]*viewBox="([^"]*)"[^>]*>/, `<symbol id="i-${name}" viewBox="$1">`)
		.replace(/<\/svg>\s*$/, '</symbol>'));
	const symbols = Object.keys(ICONS).map((name) =>
		`<symbol id="i-${name}" viewBox="0 0 20 20">${drawing(name)}</symbol>`);
	for (const name of PAIRED) {
		const icon = codex[`cdxIcon${ICONS[name]}`];
		symbols.push(`<symbol id="i-${name}-rtl" viewBox="0 0 20 20">${icon.rtl}</symbol>`);
	}
	return '<!-- Icons from Codex, © Wikimedia Foundation and contributors, MIT licence. The marks "logo" and "emoji": Stoa, AGPL-3.0-or-later. -->'
		+ `<svg xmlns="http://www.w3.org/2000/svg">${[...own, ...symbols].join('')}</svg>\n`;
}
