<?php

namespace MediaWiki\Extension\Stoa\Mirror;

use stdClass;

/** A row of the mirror. */
class MirroredDiscussion {
	/** What is kept of a number that the site does not know is asked for again after this. */
	private const UNKNOWN_FOR_SECONDS = 3600;

	/**
	 * @param array<string,mixed> $data As Discussion made it; empty when it is gone
	 * @param array[]|null $posts Null when they were not asked for or are not known
	 */
	private function __construct(
		public readonly int $id,
		public readonly int $seq,
		public readonly bool $isGone,
		public readonly string $storedAt,
		public readonly array $data,
		public readonly ?array $posts,
		public readonly bool $lacksPosts,
		public readonly int $score
	) {
	}

	public static function fromRow( stdClass $row ): self {
		return new self(
			(int)$row->sd_id,
			(int)$row->sd_seq,
			(bool)$row->sd_deleted,
			wfTimestamp( TS_MW, $row->sd_stored ),
			$row->sd_data === null ? [] : json_decode( $row->sd_data, true ),
			isset( $row->sd_posts ) ? json_decode( $row->sd_posts, true ) : null,
			isset( $row->sd_posts_seq ) && (int)$row->sd_posts_seq < (int)$row->sd_seq,
			(int)$row->sd_score
		);
	}

	/** Whether it is worth asking the site: we know of no such discussion, and have not asked lately. */
	public function isWorthAsking(): bool {
		return $this->isGone
			? $this->seq === 0 && (int)wfTimestamp( TS_UNIX, $this->storedAt ) < time() - self::UNKNOWN_FOR_SECONDS
			: $this->lacksPosts;
	}
}
