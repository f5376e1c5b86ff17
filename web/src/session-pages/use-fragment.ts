import { useEffect, useState } from "preact/hooks";
import { navigate, url } from "../router.ts";

/**
 * Returns the parameters in the fragment of the address, such as the token of a mail's link, and removes the fragment from the address bar, so
 * that neither the history nor a screenshot contains it. A further link that is opened on the same page replaces them.
 */
export function useFragment(): URLSearchParams {
  const { hash, pathname, search } = url.value;
  const [parameters, setParameters] = useState(() => new URLSearchParams(hash.slice(1)));
  useEffect(() => {
    if (hash === "") return;
    setParameters(new URLSearchParams(hash.slice(1)));
    navigate(pathname + search, { replace: true });
  }, [hash]);
  return parameters;
}
