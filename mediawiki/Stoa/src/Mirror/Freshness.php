<?php

namespace MediaWiki\Extension\Stoa\Mirror;

use MediaWiki\Extension\Stoa\State;

/** How old the mirror is, and what readers have to know about that. */
class Freshness {
	private const OLD_SECONDS = 86400;
	/** Hearing of the site more often than this is not written down. */
	private const CONTACT_EVERY_SECONDS = 60;

	public function __construct( private readonly State $state ) {
	}

	/** When the site was last heard of, if readers should know: the mirror is old, or the site frozen. TS_MW */
	public function asOf(): ?string {
		$contact = (int)$this->state->get( State::CONTACT, 0 );
		return $contact && ( $this->isFrozen() || $contact < time() - self::OLD_SECONDS ) ? wfTimestamp( TS_MW, $contact ) : null;
	}

	public function isFrozen(): bool {
		return $this->state->get( State::SITE ) === 'frozen';
	}

	/** How long a page may be kept before it would have to say how old it is. */
	public function secondsUntilOld(): int {
		return max( 300, (int)$this->state->get( State::CONTACT, 0 ) + self::OLD_SECONDS - time() );
	}

	/** Notes that the site was heard of. Returns whether pages now say wrongly that they are old. */
	public function noteContact(): bool {
		$before = (int)$this->state->get( State::CONTACT, 0 );
		if ( time() - $before >= self::CONTACT_EVERY_SECONDS ) {
			$this->state->set( State::CONTACT, time() );
		}
		return $before && $before < time() - self::OLD_SECONDS;
	}
}
