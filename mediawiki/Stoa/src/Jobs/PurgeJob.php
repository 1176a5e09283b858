<?php

namespace MediaWiki\Extension\Stoa\Jobs;

use Job;
use MediaWiki\Extension\Stoa\Mirror\PagePurger;

/** Makes some of many pages be written anew. */
class PurgeJob extends Job {

	public function __construct( array $params, private readonly PagePurger $purger ) {
		parent::__construct( 'stoaPurge', $params );
	}

	/** @inheritDoc */
	public function run() {
		$this->purger->purge( array_map( 'intval', $this->params['pages'] ) );
		return true;
	}
}
