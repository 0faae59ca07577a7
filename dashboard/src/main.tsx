import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { Tooltip } from "radix-ui";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client.ts";
import { sessionQuery } from "./api/queries.ts";
import { router } from "./router.tsx";

const client: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
  queryCache: new QueryCache({
    onError: (error, { queryKey }) => {
      // The session is over: whoever is there is asked who they are.
      const isOver =
        error instanceof ApiError && error.status === 401 && queryKey[0] !== "session" && queryKey[0] !== "sign-in";
      if (isOver) void client.resetQueries({ queryKey: sessionQuery.queryKey });
    },
  }),
});

createRoot(document.getElementById("root")!).render(
  <QueryClientProvider client={client}>
    <Tooltip.Provider>
      <RouterProvider router={router} />
    </Tooltip.Provider>
  </QueryClientProvider>,
);
