export { drainable } from "./drain.ts";
export { gatewayRoutes } from "./realtime.ts";
export { roomSocketRoutes } from "./room-socket.ts";
