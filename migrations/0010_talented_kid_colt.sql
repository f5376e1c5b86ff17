CREATE TABLE `custom_emoji` (
	`name` text PRIMARY KEY NOT NULL,
	`alias_of` text,
	`file_id` text,
	`key` text,
	`type` text,
	`sha256` text,
	`size_bytes` integer,
	`width` integer,
	`height` integer,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `custom_emoji_by_alias` ON `custom_emoji` (`alias_of`);--> statement-breakpoint
CREATE TABLE `unused_objects` (
	`key` text PRIMARY KEY NOT NULL,
	`delete_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `unused_objects_by_time` ON `unused_objects` (`delete_at`);--> statement-breakpoint
CREATE TABLE `user_group_members` (
	`group_id` text NOT NULL,
	`user_id` text NOT NULL,
	PRIMARY KEY(`group_id`, `user_id`)
);
--> statement-breakpoint
CREATE INDEX `user_group_members_by_user` ON `user_group_members` (`user_id`);--> statement-breakpoint
CREATE TABLE `user_groups` (
	`id` text PRIMARY KEY NOT NULL,
	`handle` text NOT NULL,
	`name` text NOT NULL,
	`description` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `user_groups_handle` ON `user_groups` (`handle`);