Console.Error.WriteLine("loop-bench-cluster cluster | chaos");
return 2;
