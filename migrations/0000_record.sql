CREATE TABLE `channel_directory` (
	`channel_id` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `channel_members` (
	`channel_id` text NOT NULL,
	`user_id` text NOT NULL,
	`role` text NOT NULL,
	`joined_at` integer NOT NULL,
	PRIMARY KEY(`channel_id`, `user_id`)
);
--> statement-breakpoint
CREATE INDEX `channel_members_by_user` ON `channel_members` (`user_id`,`channel_id`);--> statement-breakpoint
CREATE INDEX `channel_members_by_joining` ON `channel_members` (`channel_id`,`joined_at`,`user_id`);--> statement-breakpoint
CREATE TABLE `channel_names` (
	`name_key` text PRIMARY KEY NOT NULL,
	`channel_id` text NOT NULL,
	`claim` text NOT NULL,
	`claimed_at` integer NOT NULL,
	`confirmed` integer DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `channel_names_claim` ON `channel_names` (`claim`);--> statement-breakpoint
CREATE INDEX `channel_names_unconfirmed` ON `channel_names` (`claimed_at`) WHERE confirmed = 0;--> statement-breakpoint
CREATE TABLE `channels` (
	`id` text PRIMARY KEY NOT NULL,
	`epoch` text NOT NULL,
	`projected_seq` integer NOT NULL,
	`name` text,
	`name_key` text,
	`type` text DEFAULT 'private' NOT NULL,
	`topic` text DEFAULT '' NOT NULL,
	`description` text DEFAULT '' NOT NULL,
	`created_at` integer DEFAULT 0 NOT NULL,
	`archived_at` integer,
	`created_by` text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE INDEX `channels_public_by_name` ON `channels` (`name_key`,`id`) WHERE type = 'public' and archived_at is null;--> statement-breakpoint
CREATE TABLE `dead_letters` (
	`channel_id` text NOT NULL,
	`seq` integer NOT NULL,
	`error` text NOT NULL,
	`parked_at` integer NOT NULL,
	PRIMARY KEY(`channel_id`, `seq`)
);
--> statement-breakpoint
CREATE INDEX `dead_letters_by_time` ON `dead_letters` (`parked_at`);--> statement-breakpoint
CREATE TABLE `message_versions` (
	`message_id` text NOT NULL,
	`version` integer NOT NULL,
	`content` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`message_id`, `version`)
);
--> statement-breakpoint
CREATE TABLE `messages` (
	`id` text PRIMARY KEY NOT NULL,
	`channel_id` text NOT NULL,
	`seq` integer NOT NULL,
	`rev` integer NOT NULL,
	`author_id` text NOT NULL,
	`content` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `messages_by_seq` ON `messages` (`channel_id`,`seq`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`email_key` text NOT NULL,
	`username` text NOT NULL,
	`username_key` text NOT NULL,
	`display_name` text NOT NULL,
	`display_name_key` text NOT NULL,
	`avatar_file_id` text,
	`time_zone` text,
	`role` text NOT NULL,
	`active` integer DEFAULT true NOT NULL,
	`password_hash` text NOT NULL,
	`credential_version` integer DEFAULT 1 NOT NULL,
	`rev` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_email_key` ON `users` (`email_key`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_username_key` ON `users` (`username_key`);--> statement-breakpoint
CREATE INDEX `users_display_name_key` ON `users` (`display_name_key`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_first_owner` ON `users` (`role`) WHERE role = 'owner';