export { ChannelRoom } from "./channel-room.ts";
