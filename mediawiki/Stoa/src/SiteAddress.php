<?php

namespace MediaWiki\Extension\Stoa;

/** Addresses at the site. Nothing else makes them, and none comes from wikitext. */
class SiteAddress {

	public function __construct(
		private readonly Settings $settings,
		private readonly State $state
	) {
	}

	/** Where the site is now: as set, or where it moved to. */
	public function base(): string {
		$set = $this->settings->url();
		if ( $set === '' || $this->state->get( State::SITE ) !== 'moved' ) {
			return $set;
		}
		return $this->state->get( State::BASE_URL ) ?: $set;
	}

	public function isKnown(): bool {
		return $this->settings->url() !== '';
	}

	public function discussion( int $id ): string {
		return $this->base() . "/t/-/$id";
	}

	public function post( int $id, int $number ): string {
		return $this->base() . "/t/-/$id/$number";
	}

	public function newTopic( ?string $page ): string {
		$query = $page === null ? [] : [ 'wiki' => $this->settings->wiki(), 'page' => $page ];
		return wfAppendQuery( $this->base() . '/new-topic', $query );
	}

	/** An address that the site said, when it is one of the site's own; rewritten when the site has moved. */
	public function own( ?string $url ): ?string {
		$set = $this->settings->url();
		if ( $url === null || $set === '' || preg_match( '/[\s<>"\\\\\x00-\x1f]/', $url ) ) {
			return null;
		}
		foreach ( [ $set, $this->base() ] as $base ) {
			if ( str_starts_with( $url, "$base/" ) ) {
				return $this->base() . substr( $url, strlen( $base ) );
			}
		}
		return null;
	}

	/** The discussion that an address leads to, or null. */
	public function discussionOf( string $url ): ?int {
		foreach ( array_unique( [ $this->settings->url(), $this->base() ] ) as $base ) {
			// A link may leave out the protocol.
			$pattern = '!^' . preg_quote( preg_replace( '!^https?:!', '', $base ), '!' ) . '/t/[^/?#]+/([1-9][0-9]{0,17})(?:[/?#]|$)!';
			if ( $base !== '' && preg_match( $pattern, preg_replace( '!^https?:!', '', $url ), $match ) ) {
				return (int)$match[1];
			}
		}
		return null;
	}
}
