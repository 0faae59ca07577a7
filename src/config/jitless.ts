import { z } from "zod";

// Before any schema is made: else the library tries whether code may be made of text, which is not done here.
z.config({ jitless: true });
