// Everything here only shortens the way: each page works in full without it.
import { appearance } from './appearance';
import { composers } from './composer';
import { drafts } from './drafts';
import { forms } from './forms';
import { keys } from './keys';
import { live } from './live';
import { menus } from './menus';
import { previews } from './preview';
import { quotes } from './quote';
import { bell, reading } from './read';
import { scrubber } from './scrubber';
import { similar } from './similar';
import { share } from './share';
import { swaps } from './swap';
import { times } from './time';
import { unfolding } from './unfold';
import { uploads } from './upload';
import { showsWriting } from './writing';
import { focusFirst, scrollers } from './page';

const parts = [focusFirst, times, menus, keys, forms, drafts, swaps, uploads, composers, previews, similar, quotes, share, scrubber, reading, bell, appearance, scrollers, live, showsWriting, unfolding];

for (const part of parts) {
	try {
		part();
	} catch (error) {
		// One part failing on an old browser must not take the others with it.
		console.error(error);
	}
}
