<?php

namespace MediaWiki\Extension\Stoa\Jobs;

use Job;
use MediaWiki\Extension\Stoa\Outgoing\Puller;

/** Gets one discussion for the mirror. A failure is not repeated: whoever looks at the page next asks again. */
class PullJob extends Job {

	public function __construct( array $params, private readonly Puller $puller ) {
		parent::__construct( 'stoaPull', $params );
		$this->removeDuplicates = true;
	}

	/** @inheritDoc */
	public function run() {
		$this->puller->pull( (int)$this->params['id'] );
		return true;
	}
}
