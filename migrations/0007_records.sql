CREATE TABLE `jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`subject_id` text NOT NULL,
	`requested_by` text NOT NULL,
	`options` text NOT NULL,
	`state` text DEFAULT 'queued' NOT NULL,
	`cursor` text,
	`step` integer DEFAULT 0 NOT NULL,
	`done` integer DEFAULT 0 NOT NULL,
	`total` integer DEFAULT 0 NOT NULL,
	`error` text,
	`attempts` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`finished_at` integer,
	`result_bytes` integer,
	`expires_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_active` ON `jobs` (`kind`,`subject_id`) WHERE finished_at is null;--> statement-breakpoint
CREATE INDEX `jobs_by_subject` ON `jobs` (`kind`,`subject_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `jobs_finished` ON `jobs` (`finished_at`);--> statement-breakpoint
CREATE INDEX `files_by_uploader` ON `files` (`uploader_id`,`id`);--> statement-breakpoint
CREATE INDEX `channel_names_by_channel` ON `channel_names` (`channel_id`);