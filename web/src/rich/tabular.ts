// Text with tabs, as spreadsheets copy it, becomes a table.

/** The cells of `text` when it is a table: at least two lines of the same number (two or more) of cells. */
export function cells(text: string): string[][] | null {
	const rows = text.replace(/\r\n?/g, '\n').replace(/\n+$/, '').split('\n').map((row) => row.split('\t'));
	const width = rows[0]!.length;
	return rows.length > 1 && width > 1 && rows.every((row) => row.length === width) ? rows.map((row) => row.map((cell) => cell.trim())) : null;
}

/** The same as Markdown. */
export function tableMarkdown(rows: string[][]): string {
	const line = (row: string[]): string => `| ${row.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
	const [head, ...rest] = rows as [string[], ...string[][]];
	return [line(head), `|${' --- |'.repeat(head.length)}`, ...rest.map(line)].join('\n');
}
