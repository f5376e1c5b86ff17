ALTER TABLE `files` ADD `channel_id` text;--> statement-breakpoint
ALTER TABLE `files` ADD `claimed_channel_id` text;--> statement-breakpoint
UPDATE `files` SET `channel_id` = `carried`.`channel_id` FROM (
	SELECT `channel_id`, `value`->>'id' AS `file_id` FROM `messages`, json_each(`messages`.`files`) WHERE `messages`.`files` <> '[]'
) AS `carried` WHERE `files`.`id` = `carried`.`file_id`;
--> statement-breakpoint
DELETE FROM `channel_names` WHERE `channel_id` IN (SELECT `id` FROM `channels` WHERE `type` = 'private');
