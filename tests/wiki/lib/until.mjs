// Waiting for something that comes in its own time.
const TOO_LONG_MS = 30_000;
const BETWEEN_MS = 50;

/** Asks `question` until it answers with something true, which is returned. An assertion that fails counts as a no. */
export async function until(question, what = 'it did not happen', limit = TOO_LONG_MS) {
	const end = Date.now() + limit;
	let last;
	for (;;) {
		try {
			const answer = await question();
			if (answer) return answer;
			last = undefined;
		} catch (error) {
			if (error.code !== 'ERR_ASSERTION') throw error;
			last = error;
		}
		if (Date.now() > end) throw last ?? new Error(`${what} within ${limit / 1000} s`);
		await new Promise((done) => setTimeout(done, BETWEEN_MS));
	}
}
