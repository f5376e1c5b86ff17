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
CREATE UNIQUE INDEX `user_groups_handle` ON `user_groups` (`handle`);--> statement-breakpoint
CREATE TABLE `incoming_webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`channel_id` text NOT NULL,
	`bot_user_id` text NOT NULL,
	`name` text NOT NULL,
	`icon` text,
	`secret_hash` text NOT NULL,
	`any_channel` integer NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `incoming_webhooks_by_channel` ON `incoming_webhooks` (`channel_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `incoming_webhooks_by_bot` ON `incoming_webhooks` (`bot_user_id`);--> statement-breakpoint
CREATE TABLE `slash_commands` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`user_id` text NOT NULL,
	`description` text NOT NULL,
	`usage` text,
	`delivery` text NOT NULL,
	`url` text,
	`secrets` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`owns_bot` integer DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `slash_commands_name_unique` ON `slash_commands` (`name`);--> statement-breakpoint
CREATE INDEX `slash_commands_by_bot` ON `slash_commands` (`user_id`);--> statement-breakpoint
CREATE TABLE `event_subscriptions` (
	`id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`name` text NOT NULL,
	`url` text NOT NULL,
	`events` text NOT NULL,
	`channel_ids` text,
	`format` text NOT NULL,
	`state` text NOT NULL,
	`state_reason` text,
	`failing_since` integer,
	`former_secret_expires_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `event_subscriptions_by_owner` ON `event_subscriptions` (`owner_id`,`id`);--> statement-breakpoint
ALTER TABLE `messages` ADD `extras` text;