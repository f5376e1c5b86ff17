CREATE TABLE `invites` (
	`id` text PRIMARY KEY NOT NULL,
	`created_by` text NOT NULL,
	`role` text NOT NULL,
	`email` text,
	`email_key` text,
	`confirms_email` integer NOT NULL,
	`channel_ids` text NOT NULL,
	`max_uses` integer NOT NULL,
	`uses` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`revoked_at` integer,
	CONSTRAINT "invites_uses" CHECK("invites"."uses" BETWEEN 0 AND "invites"."max_uses")
);
--> statement-breakpoint
CREATE INDEX `invites_by_creator` ON `invites` (`created_by`,`id`);--> statement-breakpoint
CREATE TABLE `pending_registrations` (
	`id` text PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`email_key` text NOT NULL,
	`username` text NOT NULL,
	`username_key` text NOT NULL,
	`display_name` text NOT NULL,
	`password_hash` text NOT NULL,
	`invite_id` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `pending_registrations_username_key` ON `pending_registrations` (`username_key`);--> statement-breakpoint
CREATE INDEX `pending_registrations_by_expiry` ON `pending_registrations` (`expires_at`);--> statement-breakpoint
ALTER TABLE `users` ADD `invite_id` text;