<?php

namespace MediaWiki\Extension\Stoa\Signing;

use MediaWiki\Extension\Stoa\Settings;

/** Signs what this wiki tells the site. */
class Signer {

	public function __construct( private readonly Settings $settings ) {
	}

	/** @return array<string,string> Headers of a message that is sent now */
	public function headers( string $id, string $body ): array {
		$timestamp = (string)time();
		$signature = sodium_crypto_sign_detached( "$id.$timestamp.$body", sodium_crypto_sign_secretkey( $this->pair() ) );
		return [
			'Content-Type' => 'application/json',
			'webhook-id' => $id,
			'webhook-timestamp' => $timestamp,
			'webhook-signature' => 'v1a,' . base64_encode( $signature ),
		];
	}

	/** Base64 of the half that the site knows; null when no usable key is set. */
	public function publicKey(): ?string {
		return $this->isUsable() ? base64_encode( sodium_crypto_sign_publickey( $this->pair() ) ) : null;
	}

	public function isUsable(): bool {
		$seed = base64_decode( $this->settings->signingKey(), true );
		return $seed !== false && strlen( $seed ) === SODIUM_CRYPTO_SIGN_SEEDBYTES;
	}

	private function pair(): string {
		return sodium_crypto_sign_seed_keypair( base64_decode( $this->settings->signingKey(), true ) );
	}
}
