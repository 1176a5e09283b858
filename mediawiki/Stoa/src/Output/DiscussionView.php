<?php

namespace MediaWiki\Extension\Stoa\Output;

use MediaWiki\Extension\Stoa\Mirror\Freshness;
use MediaWiki\Extension\Stoa\Mirror\MirroredDiscussion;
use MediaWiki\Extension\Stoa\SiteAddress;
use MediaWiki\Html\Html;

/** A discussion on a page of the wiki. */
class DiscussionView {

	public function __construct(
		private readonly SiteAddress $address,
		private readonly Freshness $freshness
	) {
	}

	public function html( MirroredDiscussion $discussion, int $postCount, Words $words ): string {
		$data = $discussion->data;
		$url = $this->address->own( $data['url'] ) ?? $this->address->discussion( $discussion->id );
		$labels = new Labels( $this->address, $words );
		$title = Html::rawElement( 'div', [ 'class' => 'ext-stoa-title' ] + $words->of( $data['lang'], $data['dir'] ),
			Html::element( 'a', [ 'href' => $url ], $data['title'] ) );
		$head = Html::rawElement( 'div', [ 'class' => 'ext-stoa-head' ],
			$title . $labels->line( $data, [ 'category', 'state', 'replies', 'participants', 'last', 'last_author' ] ) );
		return Html::rawElement( 'div', [ 'class' => 'ext-stoa ext-stoa-discussion', 'data-stoa-discussion' => $discussion->id ],
			$head . $this->posts( $discussion, $postCount, $words ) . $this->foot( $url, $data['state'], $words ) );
	}

	/** What there is to show of a discussion that is not known (yet). */
	public function unknown( int $id, Words $words ): string {
		return Html::rawElement( 'div', [ 'class' => 'ext-stoa ext-stoa-discussion ext-stoa-plain' ],
			Html::element( 'a', [ 'href' => $this->address->discussion( $id ) ], $words->msg( 'stoa-discussion-number' )->numParams( $id )->text() ) );
	}

	public function gone( Words $words ): string {
		return Html::rawElement( 'div', [ 'class' => 'ext-stoa ext-stoa-discussion ext-stoa-plain' ],
			Html::element( 'span', [ 'class' => 'ext-stoa-none' ], $words->msg( 'stoa-discussion-gone' )->text() ) );
	}

	/** The first post and the newest ones. */
	private function posts( MirroredDiscussion $discussion, int $count, Words $words ): string {
		$posts = $discussion->posts ?? [];
		if ( $count < 1 || !$posts ) {
			return '';
		}
		$shown = count( $posts ) <= $count ? $posts : [ $posts[0], ...( $count > 1 ? array_slice( $posts, 1 - $count ) : [] ) ];
		// Posts are numbered for good, so that gaps are not what is missing; the site counts what it left out itself.
		$missing = count( $posts ) - count( $shown ) + $discussion->data['posts_left_out'];
		$items = '';
		foreach ( $shown as $at => $post ) {
			$items .= $this->post( $discussion->id, $post, $words );
			if ( $at === 0 && $missing > 0 ) {
				$more = $words->msg( 'stoa-posts-left-out' )->numParams( $missing )->text();
				$items .= Html::rawElement( 'li', [ 'class' => 'ext-stoa-gap' ],
					Html::element( 'a', [ 'href' => $this->address->discussion( $discussion->id ) ], $more ) );
			}
		}
		return Html::rawElement( 'ul', [ 'class' => 'ext-stoa-posts' ], $items );
	}

	private function post( int $id, array $post, Words $words ): string {
		$author = $post['author'];
		$by = $author ? $words->name( $author['name'], $this->address->own( $author['url'] ) ) : '';
		$when = Html::rawElement( 'a', [ 'href' => $this->address->post( $id, $post['number'] ), 'class' => 'ext-stoa-permalink' ],
			$words->time( $post['time'] ) );
		return Html::rawElement( 'li', [ 'class' => 'ext-stoa-post' ],
			Html::rawElement( 'div', [ 'class' => 'ext-stoa-by' ], trim( "$by $when" ) ) .
			Html::rawElement( 'div', [ 'class' => 'ext-stoa-text' ] + $words->of( $post['lang'], $post['dir'] ), $post['html'] ) );
	}

	private function foot( string $url, string $state, Words $words ): string {
		$frozen = $this->freshness->isFrozen();
		$key = $state === 'open' && !$frozen ? 'stoa-take-part' : 'stoa-read-on';
		$foot = Html::element( 'a', [ 'href' => $url, 'class' => 'ext-stoa-more' ], $words->msg( $key )->text() );
		return Html::rawElement( 'div', [ 'class' => 'ext-stoa-foot' ], $foot . self::asOf( $this->freshness, $words ) );
	}

	/** Since when nothing was heard of the site, where readers should know. */
	public static function asOf( Freshness $freshness, Words $words ): string {
		$asOf = $freshness->asOf();
		if ( $asOf === null ) {
			return '';
		}
		$key = $freshness->isFrozen() ? 'stoa-as-of-frozen' : 'stoa-as-of';
		return Html::element( 'span', [ 'class' => 'ext-stoa-as-of' ], $words->msg( $key )->plaintextParams( $words->moment( $asOf ) )->text() );
	}
}
