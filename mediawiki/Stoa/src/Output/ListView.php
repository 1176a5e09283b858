<?php

namespace MediaWiki\Extension\Stoa\Output;

use MediaWiki\Extension\Stoa\Mirror\Freshness;
use MediaWiki\Extension\Stoa\Mirror\MirroredDiscussion;
use MediaWiki\Extension\Stoa\SiteAddress;
use MediaWiki\Html\Html;

/** A list of discussions. */
class ListView {

	public function __construct(
		private readonly SiteAddress $address,
		private readonly Freshness $freshness
	) {
	}

	/**
	 * @param MirroredDiscussion[] $discussions
	 * @param string[] $fields See Labels::FIELDS
	 * @param Words $words
	 * @param string|null $page The page that a new discussion would be about
	 */
	public function html( array $discussions, array $fields, Words $words, ?string $page ): string {
		$labels = new Labels( $this->address, $words );
		$items = '';
		foreach ( $discussions as $discussion ) {
			$items .= $this->item( $discussion, $fields, $labels, $words );
		}
		$list = $items !== ''
			? Html::rawElement( 'ul', [ 'class' => 'ext-stoa-items' ], $items )
			: Html::element( 'div', [ 'class' => 'ext-stoa-none' ], $words->msg( 'stoa-list-empty' )->text() );
		$foot = DiscussionView::asOf( $this->freshness, $words );
		if ( $page !== null && $this->address->isKnown() && !$this->freshness->isFrozen() ) {
			$begin = Html::element( 'a', [ 'href' => $this->address->newTopic( $page ), 'class' => 'ext-stoa-more' ], $words->msg( 'stoa-begin' )->text() );
			$foot = $begin . $foot;
		}
		return Html::rawElement( 'div', [ 'class' => 'ext-stoa ext-stoa-list' ],
			$list . ( $foot === '' ? '' : Html::rawElement( 'div', [ 'class' => 'ext-stoa-foot' ], $foot ) ) );
	}

	private function item( MirroredDiscussion $discussion, array $fields, Labels $labels, Words $words ): string {
		$data = $discussion->data;
		$own = $words->of( $data['lang'], $data['dir'] );
		$url = $this->address->own( $data['url'] ) ?? $this->address->discussion( $discussion->id );
		$title = Html::rawElement( 'div', [ 'class' => 'ext-stoa-title' ] + $own, Html::element( 'a', [ 'href' => $url ], $data['title'] ) );
		$excerpt = in_array( 'excerpt', $fields, true ) && $data['excerpt'] !== ''
			? Html::element( 'div', [ 'class' => 'ext-stoa-excerpt' ] + $own, $data['excerpt'] ) : '';
		return Html::rawElement( 'li', [ 'class' => 'ext-stoa-item', 'data-stoa-discussion' => $discussion->id ],
			$title . $excerpt . $labels->line( $data, $fields ) );
	}
}
