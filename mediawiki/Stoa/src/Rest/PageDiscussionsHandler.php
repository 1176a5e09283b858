<?php

namespace MediaWiki\Extension\Stoa\Rest;

use MediaWiki\Extension\Stoa\Mirror\Freshness;
use MediaWiki\Extension\Stoa\Mirror\MirroredDiscussion;
use MediaWiki\Extension\Stoa\PageDiscussions;
use MediaWiki\Extension\Stoa\SiteAddress;
use MediaWiki\Permissions\GroupPermissionsLookup;
use MediaWiki\Rest\LocalizedHttpException;
use MediaWiki\Rest\Response;
use MediaWiki\Rest\SimpleHandler;
use MediaWiki\Title\Title;
use Wikimedia\Message\MessageValue;
use Wikimedia\ParamValidator\ParamValidator;

/** GET /stoa/v1/page/{title}/discussions: the discussions of a page and of its talk page, from the mirror. */
class PageDiscussionsHandler extends SimpleHandler {
	private const MAX_AGE_SECONDS = 60;

	public function __construct(
		private readonly PageDiscussions $pageDiscussions,
		private readonly SiteAddress $address,
		private readonly Freshness $freshness,
		private readonly GroupPermissionsLookup $groups
	) {
	}

	public function run( string $name ): Response {
		$title = Title::newFromText( $name );
		if ( !$title || !$title->canExist() ) {
			throw new LocalizedHttpException( MessageValue::new( 'rest-nonexistent-title' )->plaintextParams( $name ), 404 );
		}
		$asOf = $this->freshness->asOf();
		$response = $this->getResponseFactory()->createJson( [
			'page' => $title->getPrefixedText(),
			'discussions' => array_map( $this->summary( ... ), $this->pageDiscussions->of( $title ) ),
			'as_of' => $asOf === null ? null : wfTimestamp( TS_ISO_8601, $asOf ),
			'new' => $this->address->isKnown() ? $this->address->newTopic( $title->getPrefixedText() ) : null,
		] );
		$who = $this->groups->groupHasPermission( '*', 'read' ) ? 'public' : 'private';
		$response->setHeader( 'Cache-Control', "$who, max-age=" . self::MAX_AGE_SECONDS );
		return $response;
	}

	private function summary( MirroredDiscussion $discussion ): array {
		$data = $discussion->data;
		$person = fn ( $person ) => $person ? [ 'name' => $person['name'], 'url' => $this->address->own( $person['url'] ) ] : null;
		return [
			'id' => $discussion->id,
			'url' => $this->address->own( $data['url'] ) ?? $this->address->discussion( $discussion->id ),
			'author' => $person( $data['author'] ),
			'last_author' => $person( $data['last_author'] ),
			'created' => wfTimestamp( TS_ISO_8601, $data['created'] ),
			'last' => wfTimestamp( TS_ISO_8601, $data['last'] ),
		] + array_diff_key( $data, [ 'posts_left_out' => 0 ] );
	}

	/** @inheritDoc */
	public function getParamSettings() {
		return [
			'title' => [ self::PARAM_SOURCE => 'path', ParamValidator::PARAM_TYPE => 'string', ParamValidator::PARAM_REQUIRED => true ],
		];
	}

	/** @inheritDoc */
	public function needsWriteAccess() {
		return false;
	}
}
