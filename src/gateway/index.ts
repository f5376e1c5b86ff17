export { roomSocketRoutes } from "./room-socket.ts";
