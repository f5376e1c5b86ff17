-- A channel as search sees it. `indexed_seq` is the fence, as `channels.projected_seq` is in the record. `head`: where the log ended
-- when the last batch was made. `generation` counts how often the channel was indexed anew.
CREATE TABLE `search_channels` (
	`no` integer PRIMARY KEY NOT NULL,
	`channel_id` text NOT NULL,
	`epoch` text NOT NULL,
	`generation` integer NOT NULL,
	`indexed_seq` integer NOT NULL,
	`head` integer NOT NULL,
	`type` text DEFAULT 'private' NOT NULL,
	`name` text,
	`name_key` text,
	`archived_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `search_channels_by_id` ON `search_channels` (`channel_id`);
--> statement-breakpoint
CREATE INDEX `search_channels_by_name` ON `search_channels` (`name_key`);
--> statement-breakpoint
CREATE INDEX `search_channels_public` ON `search_channels` (`type`, `no`);
--> statement-breakpoint
-- Who is in which channel.
CREATE TABLE `search_members` (
	`user_id` text NOT NULL,
	`channel_no` integer NOT NULL,
	PRIMARY KEY(`user_id`, `channel_no`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `search_members_by_channel` ON `search_members` (`channel_no`);
--> statement-breakpoint
-- A row a message, and for good: of a deleted one it is the tombstone. `doc` grows with the time of creation (milliseconds
-- since 2020 times 8), so that "newest first" is the order of rows.
CREATE TABLE `documents` (
	`doc` integer PRIMARY KEY NOT NULL,
	`message_id` text NOT NULL,
	`channel_no` integer NOT NULL,
	`rev` integer NOT NULL,
	`generation` integer NOT NULL,
	`author_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`deleted` integer DEFAULT 0 NOT NULL,
	`has_file` integer DEFAULT 0 NOT NULL,
	`has_link` integer DEFAULT 0 NOT NULL,
	`has_reaction` integer DEFAULT 0 NOT NULL,
	`in_thread` integer DEFAULT 0 NOT NULL,
	`pinned` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `documents_by_message` ON `documents` (`message_id`);
--> statement-breakpoint
CREATE INDEX `documents_by_channel` ON `documents` (`channel_no`, `generation`, `doc`);
--> statement-breakpoint
CREATE INDEX `documents_by_author` ON `documents` (`author_id`, `doc`);
--> statement-breakpoint
CREATE INDEX `documents_by_channel_time` ON `documents` (`channel_no`, `doc`);
--> statement-breakpoint
-- What is asked for without words is found by these.
CREATE INDEX `documents_with_file` ON `documents` (`doc`) WHERE has_file = 1;
--> statement-breakpoint
CREATE INDEX `documents_with_link` ON `documents` (`doc`) WHERE has_link = 1;
--> statement-breakpoint
CREATE INDEX `documents_with_reaction` ON `documents` (`doc`) WHERE has_reaction = 1;
--> statement-breakpoint
CREATE INDEX `documents_in_thread` ON `documents` (`doc`) WHERE in_thread = 1;
--> statement-breakpoint
CREATE INDEX `documents_pinned` ON `documents` (`doc`) WHERE pinned = 1;
--> statement-breakpoint
-- Words are cut and folded in code (features/search/text.ts), for the index and for queries: here a blank separates them and
-- nothing else does. `stems`: the same words by their English stems. `files`: the words of file names.
CREATE VIRTUAL TABLE `search_text` USING fts5(words, stems, files, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* S* P* C*'");
--> statement-breakpoint
-- What is deleted leaves the index at once, not when segments merge.
INSERT INTO `search_text` (`search_text`, `rank`) VALUES ('secure-delete', 1);
--> statement-breakpoint
-- A row a channel, by its `no`: the words of its name, topic and description.
CREATE VIRTUAL TABLE `channel_text` USING fts5(words, stems, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* S* P* C*'");
--> statement-breakpoint
CREATE TABLE `search_dead_letters` (
	`channel_id` text NOT NULL,
	`seq` integer NOT NULL,
	`error` text NOT NULL,
	`parked_at` integer NOT NULL,
	PRIMARY KEY(`channel_id`, `seq`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `search_dead_letters_by_time` ON `search_dead_letters` (`parked_at`);
