ALTER TABLE `channels` ADD `changed_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `channel_readers` ADD `changed_at` integer DEFAULT 0 NOT NULL;