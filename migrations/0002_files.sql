CREATE TABLE `file_usage` (
	`one` integer PRIMARY KEY NOT NULL,
	`size_bytes` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `files` (
	`id` text PRIMARY KEY NOT NULL,
	`uploader_id` text NOT NULL,
	`key` text NOT NULL,
	`name` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`type` text,
	`sha256` text,
	`width` integer,
	`height` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `user_words` (
	`word` text NOT NULL,
	`user_id` text NOT NULL,
	PRIMARY KEY(`word`, `user_id`)
);
--> statement-breakpoint
CREATE INDEX `user_words_by_user` ON `user_words` (`user_id`);--> statement-breakpoint
ALTER TABLE `messages` ADD `files` text DEFAULT '[]' NOT NULL;
--> statement-breakpoint
INSERT INTO `file_usage` (`one`, `size_bytes`) VALUES (1, 0);--> statement-breakpoint
INSERT INTO `user_words` (`word`, `user_id`)
	WITH RECURSIVE parts (user_id, word, rest) AS (
		SELECT id, '', replace(replace(replace(username_key, '.', ' '), '_', ' '), '-', ' ') || ' ' || display_name_key || ' ' FROM users
		UNION ALL
		SELECT user_id, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM parts WHERE rest <> ''
	)
	SELECT DISTINCT word, user_id FROM parts WHERE word <> '';
