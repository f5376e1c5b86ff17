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
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `slash_commands_name_unique` ON `slash_commands` (`name`);--> statement-breakpoint
CREATE INDEX `slash_commands_by_bot` ON `slash_commands` (`user_id`);