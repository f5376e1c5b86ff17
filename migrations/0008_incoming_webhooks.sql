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
CREATE UNIQUE INDEX `incoming_webhooks_by_bot` ON `incoming_webhooks` (`bot_user_id`);