CREATE TABLE `user_file_usage` (
	`user_id` text PRIMARY KEY NOT NULL,
	`files` integer NOT NULL,
	`size_bytes` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `user_file_usage_by_size` ON `user_file_usage` (`size_bytes`,`user_id`);--> statement-breakpoint
ALTER TABLE `file_usage` ADD `files` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `channels_named` ON `channels` (`id`) WHERE type in ('public', 'private');--> statement-breakpoint
CREATE INDEX `channels_named_live` ON `channels` (`type`,`id`) WHERE type in ('public', 'private') and archived_at is null;--> statement-breakpoint
CREATE INDEX `channels_archived` ON `channels` (`id`) WHERE archived_at is not null;--> statement-breakpoint
CREATE INDEX `channels_archived_public_by_name` ON `channels` (`name_key`,`id`) WHERE type = 'public' and archived_at is not null;--> statement-breakpoint
UPDATE `file_usage` SET `files` = (SELECT count(*) FROM `files`);--> statement-breakpoint
INSERT INTO `user_file_usage` (`user_id`, `files`, `size_bytes`)
  SELECT `uploader_id`, count(*), sum(max(`size_bytes`, 4096)) FROM `files` GROUP BY `uploader_id`;--> statement-breakpoint
CREATE TRIGGER `file_usage_after_insert` AFTER INSERT ON `files` BEGIN
  UPDATE `file_usage` SET `files` = `files` + 1;
  INSERT INTO `user_file_usage` (`user_id`, `files`, `size_bytes`) VALUES (NEW.`uploader_id`, 1, max(NEW.`size_bytes`, 4096))
    ON CONFLICT (`user_id`) DO UPDATE SET `files` = `files` + 1, `size_bytes` = `size_bytes` + excluded.`size_bytes`;
END;--> statement-breakpoint
CREATE TRIGGER `file_usage_after_update` AFTER UPDATE OF `size_bytes` ON `files`
WHEN max(NEW.`size_bytes`, 4096) <> max(OLD.`size_bytes`, 4096) BEGIN
  UPDATE `user_file_usage` SET `size_bytes` = `size_bytes` + max(NEW.`size_bytes`, 4096) - max(OLD.`size_bytes`, 4096)
    WHERE `user_id` = NEW.`uploader_id`;
END;--> statement-breakpoint
CREATE TRIGGER `file_usage_after_delete` AFTER DELETE ON `files` BEGIN
  UPDATE `file_usage` SET `files` = `files` - 1;
  UPDATE `user_file_usage` SET `files` = `files` - 1, `size_bytes` = `size_bytes` - max(OLD.`size_bytes`, 4096)
    WHERE `user_id` = OLD.`uploader_id`;
  DELETE FROM `user_file_usage` WHERE `user_id` = OLD.`uploader_id` AND `files` <= 0;
END;
