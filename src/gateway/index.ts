export { gatewayRoutes } from "./realtime.ts";
export { roomSocketRoutes } from "./room-socket.ts";
