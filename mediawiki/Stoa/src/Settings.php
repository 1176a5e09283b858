<?php

namespace MediaWiki\Extension\Stoa;

use MediaWiki\Config\ServiceOptions;

/** What the administrator of the wiki has set. */
class Settings {
	public const OPTIONS = [
		'StoaUrl', 'StoaWiki', 'StoaWebhookPublicKeys', 'StoaSigningKey', 'StoaEmbedPosts',
		'StoaHttpTimeout', 'StoaHttpConnectTimeout', 'StoaHttpProxy', 'StoaExternalLinks',
	];

	public function __construct( private readonly ServiceOptions $options ) {
		$options->assertRequiredOptions( self::OPTIONS );
	}

	/** The site's address without a slash at its end; empty when there is none. */
	public function url(): string {
		$url = rtrim( (string)$this->options->get( 'StoaUrl' ), '/' );
		return preg_match( '!^https?://[^\s/?#]+[^\s?#]*$!', $url ) ? $url : '';
	}

	/** The name of this wiki at the site. */
	public function wiki(): string {
		return (string)$this->options->get( 'StoaWiki' );
	}

	/** @return string[] Base64 */
	public function publicKeys(): array {
		return array_values( array_filter( (array)$this->options->get( 'StoaWebhookPublicKeys' ), 'is_string' ) );
	}

	/** Base64 of the seed of the wiki's own key; empty when the wiki does not answer the site. */
	public function signingKey(): string {
		return (string)$this->options->get( 'StoaSigningKey' );
	}

	public function embedPosts(): int {
		return max( 0, min( 50, (int)$this->options->get( 'StoaEmbedPosts' ) ) );
	}

	public function timeout(): float {
		return (float)$this->options->get( 'StoaHttpTimeout' );
	}

	public function connectTimeout(): float {
		return (float)$this->options->get( 'StoaHttpConnectTimeout' );
	}

	/** Null where MediaWiki's own proxy is good enough. */
	public function proxy(): ?string {
		return $this->options->get( 'StoaHttpProxy' ) ?: null;
	}

	/** Whether what a page shows counts as an external link of the page. */
	public function storesExternalLinks(): bool {
		return (bool)$this->options->get( 'StoaExternalLinks' );
	}

	/** Whether this wiki can tell the site anything. */
	public function speaks(): bool {
		return $this->url() !== '' && $this->wiki() !== '' && $this->signingKey() !== '';
	}
}
