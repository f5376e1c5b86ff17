CREATE TABLE `mentions` (
	`user_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`user_id`, `channel_id`, `seq`)
);
--> statement-breakpoint
CREATE INDEX `mentions_by_message` ON `mentions` (`channel_id`,`seq`);--> statement-breakpoint
CREATE TABLE `pins` (
	`channel_id` text NOT NULL,
	`message_id` text NOT NULL,
	`user_id` text NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`channel_id`, `message_id`)
);
--> statement-breakpoint
CREATE INDEX `pins_in_order` ON `pins` (`channel_id`,`seq`);--> statement-breakpoint
CREATE TABLE `reactions` (
	`message_id` text NOT NULL,
	`user_id` text NOT NULL,
	`emoji` text NOT NULL,
	`channel_id` text NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`message_id`, `user_id`, `emoji`)
);
--> statement-breakpoint
CREATE INDEX `reactions_in_order` ON `reactions` (`message_id`,`seq`);--> statement-breakpoint
CREATE INDEX `reactions_by_channel` ON `reactions` (`channel_id`);--> statement-breakpoint
CREATE TABLE `channel_readers` (
	`channel_id` text NOT NULL,
	`user_id` text NOT NULL,
	`last_read_seq` integer NOT NULL,
	`level` text NOT NULL,
	`rev` integer NOT NULL,
	PRIMARY KEY(`channel_id`, `user_id`)
);
--> statement-breakpoint
CREATE TABLE `thread_followers` (
	`root_id` text NOT NULL,
	`user_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`following` integer NOT NULL,
	`last_read_seq` integer NOT NULL,
	`rev` integer NOT NULL,
	`has_unread` integer DEFAULT false NOT NULL,
	`last_reply_at` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`root_id`, `user_id`)
);
--> statement-breakpoint
CREATE INDEX `thread_followers_by_user` ON `thread_followers` (`user_id`,`has_unread`,`last_reply_at`,`root_id`) WHERE following = 1;--> statement-breakpoint
CREATE INDEX `thread_followers_by_channel` ON `thread_followers` (`channel_id`,`user_id`);--> statement-breakpoint
ALTER TABLE `channel_directory` ADD `direct` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `channel_directory_named` ON `channel_directory` (`channel_id`) WHERE direct = 0;--> statement-breakpoint
CREATE INDEX `channel_directory_direct` ON `channel_directory` (`direct`) WHERE direct = 1;--> statement-breakpoint
ALTER TABLE `channels` ADD `member_ids` text;--> statement-breakpoint
ALTER TABLE `messages` ADD `thread_id` text;--> statement-breakpoint
ALTER TABLE `messages` ADD `in_channel` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `messages` ADD `mentions` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `messages` ADD `reactions` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `messages` ADD `pinned` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `messages` ADD `thread` text;--> statement-breakpoint
CREATE INDEX `messages_in_channel` ON `messages` (`channel_id`,`in_channel`,`seq`,`author_id`,`deleted_at`);--> statement-breakpoint
CREATE INDEX `messages_in_thread` ON `messages` (`thread_id`,`seq`,`author_id`,`deleted_at`) WHERE thread_id IS NOT NULL;