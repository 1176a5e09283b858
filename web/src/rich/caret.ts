// Where the caret of a textarea is in the window: measured on a copy that is laid out in the same way.

const SAME = ['boxSizing', 'width', 'paddingTop', 'paddingRight', 'paddingBottom', 'paddingLeft', 'borderTopWidth', 'borderRightWidth',
	'borderBottomWidth', 'borderLeftWidth', 'fontFamily', 'fontSize', 'fontStyle', 'fontWeight', 'letterSpacing', 'lineHeight', 'tabSize',
	'textIndent', 'wordSpacing', 'direction'] as const;

export function caretOf(area: HTMLTextAreaElement): { left: number; bottom: number; top: number; rtl: boolean } {
	const copy = document.createElement('div');
	const style = getComputedStyle(area);
	for (const name of SAME) copy.style[name] = style[name];
	Object.assign(copy.style, { position: 'absolute', visibility: 'hidden', whiteSpace: 'pre-wrap', overflowWrap: 'break-word', top: '0', left: '0' });
	copy.dir = style.direction;
	copy.textContent = area.value.slice(0, area.selectionEnd);
	const mark = document.createElement('span');
	mark.textContent = '\u200b';
	copy.append(mark);
	document.body.append(copy);
	const base = copy.getBoundingClientRect();
	const at = mark.getBoundingClientRect();
	const place = area.getBoundingClientRect();
	const top = place.top + at.top - base.top - area.scrollTop;
	const found = { left: place.left + at.left - base.left - area.scrollLeft, top, bottom: top + at.height, rtl: style.direction === 'rtl' };
	copy.remove();
	return found;
}
