import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type RouterHistory, RouterProvider } from "@tanstack/react-router";
import { Tooltip } from "radix-ui";
import { useState } from "react";
import { ApiError } from "./api/client.ts";
import { sessionQuery } from "./api/queries.ts";
import { createPages } from "./router.tsx";

/** The whole dashboard. @param history where the viewer is and was; @default the browser's */
export function App({ history }: { history?: RouterHistory }) {
  const [router] = useState(() => createPages(history));
  const [client] = useState(createMemory);
  return (
    <QueryClientProvider client={client}>
      <Tooltip.Provider>
        <RouterProvider router={router} />
      </Tooltip.Provider>
    </QueryClientProvider>
  );
}

/** What was asked of the gateway, and is known for a while. */
function createMemory(): QueryClient {
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
  return client;
}
