const scope = self as unknown as ServiceWorkerGlobalScope;

scope.addEventListener("install", () => void scope.skipWaiting());
