<?php

namespace MediaWiki\Extension\Stoa\Outgoing;

use InvalidArgumentException;
use JobQueueGroup;
use JobSpecification;
use MediaWiki\Extension\Stoa\Incoming\MirrorWriter;
use MediaWiki\Extension\Stoa\SiteAddress;
use Wikimedia\Rdbms\ReadOnlyMode;

/** Gets a discussion that a page shows and the mirror does not have. */
class Puller {

	public function __construct(
		private readonly SiteClient $client,
		private readonly SiteAddress $address,
		private readonly MirrorWriter $mirror,
		private readonly JobQueueGroup $jobs,
		private readonly ReadOnlyMode $readOnlyMode
	) {
	}

	public function pullSoon( int $id ): void {
		if ( $this->address->isKnown() && !$this->readOnlyMode->isReadOnly() ) {
			$this->jobs->lazyPush( new JobSpecification( 'stoaPull', [ 'id' => $id ], [ 'removeDuplicates' => true ] ) );
		}
	}

	/** Returns whether the site answered. */
	public function pull( int $id ): bool {
		[ $code, $answer ] = $this->client->get( "/api/v1/discussions/$id" );
		if ( $code === 404 || $code === 410 ) {
			$this->mirror->delete( $id, null );
			return true;
		}
		if ( $code !== 200 || !is_array( $answer ) || ( $answer['id'] ?? null ) !== $id ) {
			return false;
		}
		try {
			$this->mirror->store( $answer );
		} catch ( InvalidArgumentException ) {
			return false;
		}
		return true;
	}
}
