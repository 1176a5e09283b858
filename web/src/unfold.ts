// "In reply to Ada" opens the post that was answered in place. Without scripts, and where it is not found, the link leads there.
import { all } from './page';

/** The post that a link leads to, from this page or from an earlier one of the topic. */
async function target(link: HTMLAnchorElement): Promise<Element | null> {
	const id = link.hash.slice(1);
	const here = document.getElementById(id);
	if (here) return here;
	const answer = await fetch(link.href, { headers: { Accept: 'text/html' } });
	return answer.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(id) : null;
}

/** Name, time and words of a post. What its reader has muted stays folded. */
function copied(post: Element): HTMLElement | null {
	const words = post.querySelector('.post__muted, .post__body, .post__gone');
	if (!words) return null;
	const box = document.createElement('div');
	box.className = 'post__parent';
	const head = document.createElement('p');
	head.className = 'post__parent-head';
	for (const part of ['.post__by a', '.post__time']) {
		const found = post.querySelector(part);
		if (found) head.append(found.cloneNode(true), ' ');
	}
	box.append(head, words.cloneNode(true));
	for (const form of all('form', box)) form.remove();
	for (const named of all('[id]', box)) named.removeAttribute('id');
	return box;
}

async function turn(link: HTMLAnchorElement, head: HTMLElement): Promise<void> {
	const open = head.nextElementSibling;
	if (open?.classList.contains('post__parent')) {
		open.remove();
		link.setAttribute('aria-expanded', 'false');
		return;
	}
	if (link.ariaBusy === 'true') return;
	link.ariaBusy = 'true';
	const post = await target(link).catch(() => null);
	link.ariaBusy = null;
	const box = post && copied(post);
	if (!box) {
		location.assign(link.href);
		return;
	}
	head.after(box);
	if (box.scrollHeight > box.clientHeight) box.tabIndex = 0;
	link.setAttribute('aria-expanded', 'true');
}

export function unfolding(): void {
	for (const link of all('.post__reply-to')) link.setAttribute('aria-expanded', 'false');
	document.addEventListener('click', (event) => {
		if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
		const link = (event.target as Element).closest<HTMLAnchorElement>('.post__reply-to');
		const head = link?.closest<HTMLElement>('.post__head');
		if (!link || !head) return;
		event.preventDefault();
		void turn(link, head);
	});
}
