<?php

namespace MediaWiki\Extension\Stoa\Output;

use DOMDocument;
use DOMElement;
use DOMNode;
use DOMText;

/**
 * Makes HTML of posts safe by writing it anew: what is on the list below is written, the text of the rest is kept, and
 * everything that is not text is dropped. Nothing of the given markup is ever copied.
 */
class HtmlCleaner {
	private const KEPT = [ 'p', 'br', 'b', 'i', 's', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'a' ];
	/** Other names of what is kept */
	private const SAME = [ 'strong' => 'b', 'em' => 'i', 'del' => 's', 'strike' => 's' ];
	/** Dropped with all that is in them */
	private const DROPPED = [
		'script', 'style', 'iframe', 'object', 'embed', 'svg', 'math', 'template', 'noscript', 'title', 'head',
		'textarea', 'select', 'button', 'audio', 'video', 'canvas', 'xmp', 'noembed', 'noframes', 'plaintext',
	];
	private const MAX_DEPTH = 40;
	private const MAX_BYTES = 200_000;

	public function clean( string $html ): string {
		$html = Words::plain( mb_strcut( $html, 0, self::MAX_BYTES ), true );
		if ( trim( $html ) === '' ) {
			return '';
		}
		$document = new DOMDocument( '1.0', 'UTF-8' );
		$quiet = libxml_use_internal_errors( true );
		// The declaration alone makes libxml read UTF-8.
		$document->loadHTML(
			'<?xml encoding="utf-8"?><html><body><div>' . $html . '</div></body></html>',
			LIBXML_NONET | LIBXML_COMPACT
		);
		libxml_clear_errors();
		libxml_use_internal_errors( $quiet );
		// All of it, because what comes after a stray </body> stands beside the body.
		return $document->documentElement ? trim( $this->inside( $document->documentElement, 0, false ) ) : '';
	}

	private function inside( DOMNode $parent, int $depth, bool $inLink ): string {
		if ( $depth > self::MAX_DEPTH ) {
			return $this->text( $parent->textContent );
		}
		$out = '';
		foreach ( $parent->childNodes as $node ) {
			if ( $node instanceof DOMText ) {
				$out .= $this->text( $node->data );
			} elseif ( $node instanceof DOMElement ) {
				$out .= $this->element( $node, $depth + 1, $inLink );
			}
		}
		return $out;
	}

	private function element( DOMElement $node, int $depth, bool $inLink ): string {
		$name = strtolower( $node->nodeName );
		$name = self::SAME[$name] ?? $name;
		if ( in_array( $name, self::DROPPED, true ) ) {
			return '';
		}
		if ( $name === 'br' ) {
			return '<br>';
		}
		$inside = $this->inside( $node, $depth, $inLink || $name === 'a' );
		if ( !in_array( $name, self::KEPT, true ) ) {
			return $inside;
		}
		if ( $name !== 'a' ) {
			return "<$name>$inside</$name>";
		}
		$href = $inLink ? null : $this->href( $node->getAttribute( 'href' ) );
		return $href === null ? $inside
			: '<a class="external" rel="nofollow noopener ugc" href="' . $this->text( $href ) . '">' . $inside . '</a>';
	}

	private function href( string $href ): ?string {
		$href = trim( $href );
		return preg_match( '!^https?://[^\s<>"\\\\\x00-\x1f]+$!Di', $href ) ? $href : null;
	}

	private function text( string $text ): string {
		return htmlspecialchars( $text, ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5, 'UTF-8' );
	}
}
